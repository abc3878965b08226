import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repository } from '../scratch.ts'

/** `runtimes.yaml`: what the packages support. */
export interface Runtimes {
  node: { engines: string; versions: string[] }
  typescript: { versions: string[]; resolutions: string[] }
  bun: string
  deno: string
  workerd: string
  browser: string
  /** The oldest versions that the hooks work with. */
  react: Record<string, string>
}

export async function readRuntimes(): Promise<Runtimes> {
  return parse(await readFile(join(repository, 'runtimes.yaml'), 'utf8'))
}

/** What the READMEs say about it. */
export function runtimesAsText({ node, typescript, bun, deno, browser }: Runtimes): string {
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.')
  return [
    `- Node ${list(node.versions)}, as ES modules and as CommonJS`,
    `- Bun ${minor(bun)}, Deno ${minor(deno)}, Cloudflare Workers (workerd)`,
    `- browsers, through a bundler (tried with Vite in ${browser})`,
    `- TypeScript ${list(typescript.versions)}, with \`moduleResolution\` ${list(
      typescript.resolutions.map((each) => `\`${each}\``),
      'or',
    )}`,
  ].join('\n')
}

function list(items: string[], word = 'and'): string {
  return [items.slice(0, -1).join(', '), items.at(-1)].filter(Boolean).join(` ${word} `)
}

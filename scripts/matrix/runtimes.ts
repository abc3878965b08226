import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repository } from '../release/packages.ts'

/** `runtimes.yaml`: where the packages run and compile. */
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

/** The list of runtimes as the README prints it. */
export function runtimesAsText({ node, typescript, bun, deno, browser }: Runtimes): string {
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.')
  const resolutions = typescript.resolutions.map((each) => `\`${each}\``)
  return [
    `- Node ${list(node.versions)}, as ES modules and as CommonJS`,
    `- Bun ${minor(bun)}, Deno ${minor(deno)}, Cloudflare Workers (workerd)`,
    `- browsers, through a bundler (tried with Vite in ${browser})`,
    `- TypeScript ${list(typescript.versions)}, with \`moduleResolution\` ${list(resolutions, 'or')}`,
  ].join('\n')
}

function list(items: string[], word = 'and'): string {
  return [items.slice(0, -1).join(', '), items.at(-1)].filter(Boolean).join(` ${word} `)
}

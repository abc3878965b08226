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

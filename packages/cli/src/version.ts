import { readFileSync } from 'node:fs'

/** The version of this package. */
export function version(): string {
  const file = new URL('../package.json', import.meta.url)
  const manifest: { readonly version: string } = JSON.parse(readFileSync(file, 'utf8'))
  return manifest.version
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { redocly } from '../compile/overlays.ts'

/**
 * Has the linter read a compiled document, before anything is written: one that it rejects goes
 * nowhere. Gives its warnings.
 *
 * @throws {SpecError} with what the linter says
 */
export async function lint(yaml: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-lint-'))
  try {
    await writeFile(join(folder, 'openapi.yaml'), yaml)
    const config = resolve(import.meta.dirname, '../../redocly.yaml')
    return (
      await redocly(['lint', 'openapi.yaml', '--config', config, '--format', 'stylish'], folder)
    ).trim()
  } finally {
    await rm(folder, { recursive: true })
  }
}

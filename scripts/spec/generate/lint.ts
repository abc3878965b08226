import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run, RunError } from '../../run.ts'
import { SpecError } from '../compile/json.ts'

/** A run usually takes 1 s. Some patterns never end. */
const LINT_TIMEOUT_MS = 60_000

const manifest = createRequire(import.meta.url).resolve('@redocly/cli/package.json')
const cli = join(dirname(manifest), 'bin/cli.js')
const config = resolve(import.meta.dirname, '../../redocly.yaml')

/**
 * Lints a compiled document before anything is written, and returns the warnings.
 *
 * @throws {SpecError} with the errors that the linter found
 */
export async function lint(yaml: string): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-lint-'))
  await writeFile(join(folder.path, 'openapi.yaml'), yaml)
  try {
    const args = [cli, 'lint', 'openapi.yaml', '--config', config, '--format', 'stylish']
    const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const options = { cwd: folder.path, env, timeoutMs: LINT_TIMEOUT_MS }
    return (await run(process.execPath, args, options)).trim()
  } catch (error) {
    if (!(error instanceof RunError)) {
      throw error
    }
    throw new SpecError(
      error.isTimeout
        ? `redocly lint did not end within ${LINT_TIMEOUT_MS / 1000} s; a pattern in the document may never end`
        : `redocly lint failed:\n${error.output || error.message}`.trimEnd(),
    )
  }
}

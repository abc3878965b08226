import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
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
  const folder = await mkdtemp(join(tmpdir(), 'apikley-lint-'))
  try {
    await writeFile(join(folder, 'openapi.yaml'), yaml)
    const args = [cli, 'lint', 'openapi.yaml', '--config', config, '--format', 'stylish']
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: folder,
      env: {
        ...process.env,
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
        NO_COLOR: '1',
      },
      maxBuffer: 64 * 2 ** 20,
      timeout: LINT_TIMEOUT_MS,
    })
    return stdout.trim()
  } catch (error) {
    throw lintError(error)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function lintError(error: unknown): SpecError {
  if (error instanceof Error && 'killed' in error && error.killed) {
    return new SpecError(
      `redocly lint did not end within ${LINT_TIMEOUT_MS / 1000} s; a pattern in the document may never end`,
    )
  }
  const output =
    error instanceof Error && 'stdout' in error && 'stderr' in error
      ? `${String(error.stdout)}${String(error.stderr)}`
      : String(error)
  return new SpecError(`redocly lint failed:\n${output}`.trimEnd())
}

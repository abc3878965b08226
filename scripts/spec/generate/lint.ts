import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run, RunError } from '../../run.ts'
import { keysOf, SpecError } from '../compile/json.ts'

const manifest = createRequire(import.meta.url).resolve('@redocly/cli/package.json')
const cli = join(dirname(manifest), 'bin/cli.js')
const config = resolve(import.meta.dirname, '../../redocly.yaml')

export type Problem = {
  rule: string
  isError: boolean
  message: string
  /** The keys that lead to the place in the compiled document. */
  path: string[]
}

/** Lints a compiled document before anything is written. */
export async function lint(yaml: string): Promise<Problem[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-lint-'))
  await writeFile(join(folder.path, 'openapi.yaml'), yaml)
  const limit = ['--max-problems', '1000']
  const args = [cli, 'lint', 'openapi.yaml', '--config', config, '--format', 'json', ...limit]
  const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const output = await run(process.execPath, args, { cwd: folder.path, env }).catch((error) => {
    // The linter exits with 1 when it found errors.
    if (error instanceof RunError && error.output.startsWith('{')) {
      return error.output
    }
    throw new SpecError(`redocly lint failed:\n${error}`)
  })
  return toProblems(output)
}

type Report = {
  problems: {
    ruleId: string
    severity: string
    message: string
    location: { pointer?: string }[]
  }[]
}

/** The report is followed by a summary for people. */
function toProblems(output: string): Problem[] {
  const report: Report = JSON.parse(output.slice(0, output.lastIndexOf('\n}') + 2))
  return report.problems.map(({ ruleId, severity, message, location }) => ({
    rule: ruleId,
    isError: severity === 'error',
    message: message.replaceAll(/\s+/g, ' ').trim(),
    path: keysOf(location[0]?.pointer ?? '#'),
  }))
}

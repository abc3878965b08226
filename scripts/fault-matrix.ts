// `node scripts/fault-matrix.ts`: runs the fault matrix of the client in the oldest and newest Node, Bun, Deno
// and workerd of `runtimes.yaml`. It fails when it cannot install one of them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installProgram, type Program } from './matrix/programs.ts'
import { readRuntimes } from './matrix/runtimes.ts'
import { environment } from './run.ts'

const { node, bun, deno, workerd } = await readRuntimes()
const programs: readonly (readonly [Program, string, ...string[]])[] = [
  ['node', node.versions[0] ?? ''],
  ['node', node.versions.at(-1) ?? ''],
  ['bun', bun],
  ['deno', deno, 'run', '-A'],
  ['workerd', workerd],
]
await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-faults-'))
for (const [name, version, ...args] of programs) {
  const program = await installProgram(join(folder.path, `${name}-${version}`), name, version)
  console.log(`==> ${name} ${version}`)
  const matrix = join(import.meta.dirname, '../packages/client/test/faults/main.ts')
  const command = [matrix, program, ...args]
  const child = spawn(process.execPath, command, { stdio: 'inherit', env: environment() })
  const [code] = await once(child, 'exit')
  if (code !== 0) {
    process.exitCode = 1
  }
}

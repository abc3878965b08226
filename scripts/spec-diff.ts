// `pnpm spec:diff [BASE]`: what the compiled document of this tree changes against that of a commit (default: HEAD), and what version that takes.
import { join, resolve } from 'node:path'
import { SpecError } from './compile/json.ts'
import { readDocument } from './compile/read.ts'
import { diff, table, verdict } from './diff/diff.ts'
import { documentAt } from './git.ts'

const root = resolve(import.meta.dirname, '..')

try {
  const base = await documentAt(root, process.argv[2] ?? 'HEAD')
  const found = await diff(base, await readDocument(join(root, 'specs/openapi.yaml'), 'specs/openapi.yaml'))
  if (found.changes.length > 0) console.log(`${table(found)}\n`)
  console.log(verdict(found))
} catch (error) {
  if (!(error instanceof SpecError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

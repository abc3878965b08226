// Prints the fault matrix: `node test/faults/main.ts [RUNTIME [ARGUMENT…]]`, for instance `bun`,
// `deno run -A` or `workerd`. Default: the Node that runs this. The client is the built one.
import { basename, join } from 'node:path'
import { printMatrix, runMatrix } from './matrix.ts'
import { program, workerd } from './runtimes.ts'

const [file = process.execPath, ...args] = process.argv.slice(2)
const client = join(import.meta.dirname, '../../dist/index.js')
const matrix = await runMatrix(
  basename(file) === 'workerd' ? workerd(file, client) : program([file, ...args], client),
)
printMatrix(matrix)
if (matrix.unhandled.length > 0 || matrix.rows.some(({ passed }) => !passed)) {
  process.exitCode = 1
}

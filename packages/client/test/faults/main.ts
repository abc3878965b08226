// Prints the fault matrix: `node test/faults/main.ts [RUNTIME [ARGUMENT…]]`, for instance `bun`, or `deno run -A`. Default: the Node that runs this. The
// client is the built one.
import { join } from 'node:path'
import { printMatrix, runMatrix } from './matrix.ts'

const given = process.argv.slice(2)
const matrix = await runMatrix(given.length > 0 ? given : [process.execPath], join(import.meta.dirname, '../../dist/index.js'))
console.log(printMatrix(matrix))
if (matrix.unhandled.length > 0 || matrix.rows.some(({ passed }) => !passed)) process.exitCode = 1

// The cells, in whatever runtime runs this program: `program.ts CLIENT TASKS`, the address of the
// built client and the tasks as JSON. Prints the reports as JSON, and an unhandled rejection as
// what it is. It ends by itself: nothing it started may be left open.
import { runCells, type Task } from './run-cells.ts'

const [client = '', tasks = '[]'] = process.argv.slice(2)
const { createApikley } = await import(client)
const given: Task[] = JSON.parse(tasks)
const unhandled: string[] = []
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)))

const reports = await runCells(createApikley, given)
await new Promise((resolve) => setTimeout(resolve, 50))
console.log(JSON.stringify({ reports, unhandled }))

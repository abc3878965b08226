// Runs cells in any runtime: `program.ts CLIENT TASKS`, with the URL of the built client and the
// tasks as JSON. Prints the reports and unhandled rejections as JSON. The program has to end by
// itself.
import { runCells, type Task } from './run-cells.ts'

const [client = '', tasks = '[]'] = process.argv.slice(2)
const { createApikley } = await import(client)
const given: Task[] = JSON.parse(tasks)
const unhandled: string[] = []
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)))

const reports = await runCells(createApikley, given)
await new Promise((resolve) => setTimeout(resolve, 50))
console.log(JSON.stringify({ reports, unhandled }))

// Prints the fault matrix: `node test/faults/main.ts [RUNTIME [ARGUMENT…]]`, for instance `bun`,
// `deno run -A` or `workerd`. Default: the Node that runs this. Each way to the service runs with the
// client in the runtime, and then with the proxies in it. The packages are the built ones.
import { performance } from 'node:perf_hooks'
import { cellsOf, runMatrix, type Row } from './matrix.ts'
import { WAYS, type Way } from './proxies.ts'
import { runtimeOf, serveHere, type Runtime, type Serve } from './runtimes.ts'

const { execPath, argv } = process
const node = runtimeOf([execPath])
const runtime = argv.length > 2 ? runtimeOf(argv.slice(2)) : node
const failed: Row[] = []

async function show(part: string, way: Way, client: Runtime, serve: Serve): Promise<void> {
  const started = performance.now()
  const { rows, unhandled } = await runMatrix(way, client, serve)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const wrong = rows.filter(({ passed }) => !passed)
  const missing = cellsOf(way).length - rows.length
  const second = rows.filter(({ charged }) => charged > 1).length
  const [first] = unhandled
  console.log(
    `${part}, ${way}: ${rows.length} cells, ${wrong.length} failed, ${missing} missing, ` +
      `${second} second charges, ${unhandled.length} unhandled rejections, ${seconds} s`,
    first ?? '',
  )
  failed.push(...wrong)
  if (wrong.length + missing + unhandled.length > 0) {
    process.exitCode = 1
  }
}

for (const way of WAYS) {
  await show('client', way, runtime, serveHere)
}
for (const way of WAYS.filter((each) => each !== 'no proxy')) {
  await show('proxies', way, node, runtime.serve)
}
if (failed.length > 0) {
  console.table(failed.map(({ cell: { call, name }, ...row }) => ({ call, name, ...row })))
}

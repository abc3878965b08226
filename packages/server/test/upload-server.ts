// A proxy in a process of its own, which tells how much memory it holds: `node --expose-gc
// upload-server.ts SERVICE`. Prints its address; for each line that it reads, a line of JSON with
// the most it has held since the last one.
import { createInterface } from 'node:readline'
import { createProxyHandler } from '../src/index.ts'
import { listenWith } from 'test-kit/listen'

const [baseUrl = ''] = process.argv.slice(2)
const proxy = createProxyHandler(
  {
    apiKey: 'any-key',
    secret: 'x'.repeat(32),
    baseUrl,
    models: ['ideogram/v3-reframe'],
    authorize: () => 'ann',
  },
  { env: {} },
)

/** What is alive, on the heap and beside it, in bytes. */
function held(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

let most = held()
setInterval(() => (most = Math.max(most, held())), 2)
const { url } = await listenWith(proxy.fetch)
console.log(url)
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ most, now: held() }))
  most = held()
}

// `node --expose-gc upload-server.ts SERVICE_URL` runs a proxy in its own process. It prints its URL.
// For each line that it reads, it prints the bytes of memory it holds: now, and at most since the
// previous line.
import { createInterface } from 'node:readline'
import { createProxyHandler } from '../src/index.ts'
import { listenWith } from 'test-kit/listen'

const [baseUrl = ''] = process.argv.slice(2)
const proxy = createProxyHandler(
  {
    apiKey: 'any-long-key-will-do',
    secret: 'x'.repeat(32),
    baseUrl,
    models: ['ideogram/v3-reframe'],
    authorize: () => 'ann',
    hosts: ['localhost', '127.0.0.1'],
  },
  { env: {} },
)

/** The live bytes on the heap and in buffers. */
function held(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

let most = held()
setInterval(() => {
  most = Math.max(most, held())
}, 2)
const { url } = await listenWith(proxy.fetch)
console.log(url)
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ most, now: held() }))
  most = held()
}

// Serves the worker in Node, Bun and Deno. Prints its port as workerd does.
import worker, { unhandled } from './worker.ts'

type Serve = (options: object) => {
  readonly port?: number
  readonly addr?: { readonly port: number }
}

declare const Bun: { readonly serve: Serve } | undefined
declare const Deno: { readonly serve: Serve } | undefined

async function listen({ fetch }: typeof worker): Promise<number | undefined> {
  const options = { port: 0, hostname: '127.0.0.1' }
  if (typeof Bun === 'object') {
    return Bun.serve({ ...options, fetch, idleTimeout: 255 }).port
  }
  if (typeof Deno === 'object') {
    return Deno.serve({ ...options, handler: fetch, onListen: () => {} }).addr?.port
  }
  const { listenWith } = await import('test-kit/listen')
  return Number(new URL((await listenWith(fetch)).url).port)
}

process.on('unhandledRejection', (reason) => unhandled.push(String(reason)))
console.log(JSON.stringify({ event: 'listen', port: await listen(worker) }))

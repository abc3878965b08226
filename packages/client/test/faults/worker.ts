// A server for every runtime. `POST /run` runs cells with the built client. `POST /serve` starts
// proxies, which get all other requests.
import { createApikley } from '@apikley/client'
import { createProxies, type Handler } from './proxies.ts'
import { runCells } from './run-cells.ts'

export const unhandled: string[] = []
let proxies: Handler = async () => new Response(null, { status: 404 })

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/serve') {
    proxies = createProxies(JSON.parse(await request.text()))
    return new Response()
  }
  if (pathname !== '/run') {
    return proxies(request)
  }
  const reports = await runCells(createApikley, JSON.parse(await request.text()))
  await new Promise((resolve) => setTimeout(resolve, 50))
  return Response.json({ reports, unhandled })
}

// workerd reports a rejection at once, also one that is handled later in the same turn, such as that
// of a promise which an async function returns. As in other runtimes, only a rejection without a
// handler at the end of the turn counts.
if (navigator.userAgent === 'Cloudflare-Workers') {
  const pending = new Set<unknown>()
  addEventListener('unhandledrejection', ({ promise, reason }) => {
    pending.add(promise)
    setTimeout(() => pending.has(promise) && unhandled.push(String(reason)))
  })
  addEventListener('rejectionhandled', ({ promise }) => pending.delete(promise))
}

const worker: { readonly fetch: Handler } = { fetch: answer }
export default worker

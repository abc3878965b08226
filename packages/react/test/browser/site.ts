import { createProxyHandler } from '@apikley/server'
import { createSimulator, type Simulator } from '@apikley/simulator'
import { createRequestListener, listen } from 'test-kit/listen'

/** The server at `/api/apikley`. */
export type ServerKind =
  | 'createProxyHandler'
  | 'a reverse proxy that strips the prefix'
  | 'a reverse proxy that keeps the path'

/** What happens to the next create after the service has accepted it. */
export type Failure = 'its connection drops' | 'a gateway answers 502' | 'the server goes away'

export interface Site {
  readonly url: string
  readonly simulator: Simulator
  /** The requests to `createProxyHandler`, as method and route, such as `POST tasks`. */
  readonly asked: string[]
  /** Without a failure, a server that went away is back. */
  fail(next?: Failure): void
  stop(): Promise<void>
}

/**
 * A page and its server in front of the simulated service.
 *
 * @param files the contents of the page's files by their paths
 */
export async function startSite(
  kind: ServerKind,
  files: ReadonlyMap<string, string>,
  createDelay: number,
): Promise<Site> {
  const faults = [
    { operation: 'create-task', fault: 'delay', ms: createDelay, times: 'always' },
  ] as const
  const simulator = createSimulator({ latency: 500, invisibleFor: 0, faults })
  const proxy = createProxyHandler({
    apiKey: 'a-key-of-the-service',
    secret: 'a secret of thirty-two characters',
    models: ['ideogram/v3-reframe'],
    authorize: () => 'anonymous',
    hosts: ['localhost', '127.0.0.1'],
    fetch: simulator.fetch,
    onError: () => {},
  })
  const asked: string[] = []
  let next: Failure | undefined
  let isAway = false

  async function respond(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    if (pathname.startsWith('/api/apikley/')) {
      if (kind === 'createProxyHandler') {
        asked.push(`${request.method} ${pathname.split('/')[3]}`)
        return proxy.fetch(request)
      }
      const prefix = kind === 'a reverse proxy that strips the prefix' ? '/api/apikley' : ''
      const url = `https://api.apikley.ru${pathname.replace(prefix, '')}${search}`
      const headers = new Headers(request.headers)
      headers.set('authorization', 'Bearer a-key-of-the-service')
      const body = request.method === 'GET' ? null : await request.arrayBuffer()
      return simulator.fetch(new Request(url, { method: request.method, headers, body }))
    }
    const path = pathname === '/' ? '/index.html' : pathname
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html'
    return new Response(files.get(path), { headers: { 'content-type': type } })
  }

  const { url, stop } = await listen((request, response) => {
    const isProxied = request.url?.startsWith('/api/apikley/')
    if (isAway && isProxied) {
      request.socket.destroy()
      return
    }
    const isCreate = request.method === 'POST' && /tasks$|createTask$/.test(request.url ?? '')
    const listener = createRequestListener(async (webRequest) => {
      const answer = await respond(webRequest)
      const failure = isCreate ? next : undefined
      next = isCreate ? undefined : next
      if (failure === 'a gateway answers 502') {
        return new Response('<html>', { status: 502 })
      }
      isAway ||= failure === 'the server goes away'
      if (failure) {
        request.socket.destroy()
      }
      return answer
    })
    listener(request, response)
  })
  return {
    url,
    simulator,
    asked,
    fail(failure) {
      next = failure
      isAway = false
    },
    async stop() {
      await simulator.stop()
      await stop()
    },
  }
}

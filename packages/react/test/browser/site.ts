import { createProxyHandler } from '@apikley/server'
import { createSimulator, type Simulator } from '@apikley/simulator'
import { build } from 'esbuild'
import { createRequestListener, listen } from 'test-kit/listen'

/** The server at `/api/apikley`. */
export type ServerKind =
  | 'createProxyHandler'
  | 'a reverse proxy that strips the prefix'
  | 'a reverse proxy that keeps the path'

export interface Site {
  readonly url: string
  readonly simulator: Simulator
  /** The requests to `createProxyHandler`, as method and route, such as `POST tasks`. */
  readonly asked: string[]
  /** What happens to the next create after the service has accepted it. */
  fail(next: 'the connection drops' | 'a gateway answers 502'): void
  stop(): Promise<void>
}

const script = build({
  entryPoints: [`${import.meta.dirname}/page.tsx`],
  bundle: true,
  write: false,
  // As in an application: the settings of this repository lead to sources.
  tsconfigRaw: { compilerOptions: { jsx: 'react-jsx' } },
  define: { 'process.env.NODE_ENV': '"development"' },
}).then(({ outputFiles }) => outputFiles[0]?.text ?? '')

const document =
  '<!doctype html><html lang="en"><title>Run</title><link rel="icon" href="data:," />' +
  '<body><script src="/page.js"></script>'

/** A page and its server in front of the simulated service. */
export async function startSite(kind: ServerKind, createDelay: number): Promise<Site> {
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
  const code = await script
  const asked: string[] = []
  let next: Parameters<Site['fail']>[0] | undefined

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
    const [body, type] =
      pathname === '/page.js' ? [code, 'text/javascript'] : [document, 'text/html']
    return new Response(body, { headers: { 'content-type': type } })
  }

  const { url, stop } = await listen((request, response) => {
    const isCreate = request.method === 'POST' && /tasks$|createTask$/.test(request.url ?? '')
    const listener = createRequestListener(async (webRequest) => {
      const answer = await respond(webRequest)
      const failure = isCreate ? next : undefined
      next = isCreate ? undefined : next
      if (failure === 'the connection drops') {
        request.socket.destroy()
      }
      return failure === 'a gateway answers 502' ? new Response('<html>', { status: 502 }) : answer
    })
    listener(request, response)
  })
  return {
    url,
    simulator,
    asked,
    fail(failure) {
      next = failure
    },
    async stop() {
      await simulator.stop()
      await stop()
    },
  }
}

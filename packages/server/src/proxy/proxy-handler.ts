import { ApikleyError, type Runtime } from '@apikley/client'
import { errorAnswer, jsonAnswer } from './answer.ts'
import type { Call, Operation } from './operation.ts'
import { operations } from './operations/operations.ts'
import { checkOptions, type ProxyOptions } from './options.ts'
import { allow, crossOrigin } from './origin.ts'
import { createProxy, type Proxy } from './proxy.ts'
import { misconfigured, refusal } from './refusal.ts'

/** What a platform passes along with a request, for instance the `ctx` of Workers. */
export interface ProxyContext {
  /** Keeps the instance going until the promise has settled. */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
}

/** What is known of a request, as far as it has come. */
interface Visit {
  origin?: string | undefined
  operation?: Operation
  user?: string
}

/** Answers a page; it never rejects. */
export type ProxyFetch = (request: Request, context?: ProxyContext) => Promise<Response>

/** A route that adds the key, in the shapes in which frameworks take it. All of them are the same function. */
export interface ProxyHandler {
  /** For Next.js and whatever else has a function for each method; what it passes as well is no context. */
  readonly GET: (request: Request) => Promise<Response>
  readonly POST: (request: Request) => Promise<Response>
  /** Only pages of other sites, named in `origins`, ask for it. */
  readonly OPTIONS: (request: Request) => Promise<Response>
  /** For Hono, Bun, Deno and Workers: `app.all('/api/apikley/*', (c) => proxy.fetch(c.req.raw))`. */
  readonly fetch: ProxyFetch
}

/**
 * A route for the client in the page: `createApikley({ proxyUrl: '/api/apikley' })`. It knows a closed list of operations, builds every request to
 * the service itself, and lets nothing in or out that is not named. It never rejects.
 *
 * @param runtime clock, randomness and environment, for tests
 * @throws {ApikleyError} `configuration`
 * @example
 * // app/api/apikley/[...path]/route.ts
 * export const { GET, POST } = createProxyHandler({ models: ['ideogram/v3-reframe'], authorize: (request) => userIdOf(request) })
 */
export function createProxyHandler(options: ProxyOptions, runtime: Partial<Runtime> = {}): ProxyHandler {
  checkOptions(options)
  const { origins = [], onError = console.error } = options
  let proxy: Proxy | undefined

  const fetch: ProxyFetch = async (request, context) => {
    const visit: Visit = {}
    const answer = await admit(request, visit, context).catch(async (error: unknown) =>
      errorAnswer(await explain(error, request, visit), visit.operation?.charged),
    )
    if (visit.origin !== undefined) allow(answer.headers, visit.origin)
    if (answer.status === 405 && visit.operation) answer.headers.set('allow', visit.operation.method)
    return answer
  }

  async function admit(request: Request, visit: Visit, context: ProxyContext | undefined): Promise<Response> {
    const { method, headers } = request
    const url = new URL(request.url)
    visit.origin = crossOrigin(request, origins)
    // Nothing that somebody else might read in another way.
    const operation = /%|\/\/|\\/.test(url.pathname) ? undefined : operations.find(({ path }) => url.pathname.endsWith(path))
    if (!operation) throw refusal(404, 'There is nothing at this address.')
    visit.operation = operation
    if (method === 'OPTIONS' && visit.origin !== undefined) return new Response(null, { status: 204 })
    if (method !== operation.method) throw refusal(405, `Use ${operation.method}.`)
    const user = await options.authorize(new Request(url, { method, headers }))
    if (!user) throw refusal(401, 'Sign in first.')
    if (typeof user !== 'string') throw new TypeError('authorize should give the id of a user, a text')
    visit.user = user
    proxy ??= createProxy(options, onError, runtime)
    const work = inTime(operation, { proxy, request, url, user })
    context?.waitUntil?.(work.catch(() => {}))
    return jsonAnswer({ code: 200, msg: 'success', data: await work }, 200, proxy.apikley.transport.key.redact)
  }

  /** What the page is told. What is not meant for it goes to the log. */
  async function explain(error: unknown, { signal }: Request, { user, operation }: Visit): Promise<ApikleyError> {
    if (!ApikleyError.is(error)) {
      if (signal.aborted) return refusal(499, 'The page has gone.')
      onError(error)
      return misconfigured('The proxy failed. Its log says why.')
    }
    const { kind, message, taskId } = error
    if (kind === 'configuration') onError(error)
    // The time was up before anything was sent.
    if (kind === 'timeout') return new ApikleyError({ kind: operation?.charged ? 'rate-limited' : 'connection', message })
    if (taskId === undefined || user === undefined || !proxy) return error
    const handle = await proxy.handles.seal(user, taskId)
    return ApikleyError.from({ ...error.toJSON(), taskId: handle, message: message.replaceAll(taskId, handle) })
  }

  return { GET: fetch, POST: fetch, OPTIONS: fetch, fetch }
}

async function inTime({ charged, handle }: Operation, call: Omit<Call, 'signal'>): Promise<unknown> {
  const { proxy, request } = call
  const ending = new AbortController()
  const cancel = proxy.apikley.transport.clock.after(proxy.requestTimeout, () =>
    ending.abort(new ApikleyError({ kind: 'timeout', message: `The service did not answer the proxy within ${proxy.requestTimeout} ms.` })),
  )
  if (!charged) request.signal.addEventListener('abort', () => ending.abort(request.signal.reason))
  try {
    return await handle({ ...call, signal: ending.signal })
  } finally {
    cancel()
  }
}

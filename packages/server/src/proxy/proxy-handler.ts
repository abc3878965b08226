import { ApikleyError, type Runtime } from '@apikley/client'
import { dataAnswer, errorAnswer } from './answer.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations/operations.ts'
import { checkOptions, type ProxyOptions } from './options.ts'
import { allow, crossOrigin, preflight } from './origin.ts'
import { createProxy, type Proxy } from './proxy.ts'
import { misconfigured, refusal } from './refusal.ts'

/** What a platform passes along with a request, for instance the `ctx` of Workers. */
export interface ProxyContext {
  /** Keeps the instance going until the promise has settled. */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
}

/** What is known of a request, as far as it has come. */
interface Visit {
  allowed: string
  user: string
  origin?: string | undefined
  operation?: Operation
  proxy?: Proxy
}

type Handle = (request: Request, context?: ProxyContext) => Promise<Response>

/** A route that adds the key, in the shapes in which frameworks take it. All of them are the same function. */
export interface ProxyHandler {
  readonly GET: Handle
  readonly POST: Handle
  readonly OPTIONS: Handle
  /** For Hono, Bun, Deno and Workers: `app.all('/api/apikley/*', (c) => proxy.fetch(c.req.raw))`. */
  readonly fetch: Handle
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

  const fetch: Handle = async (request, context) => {
    const visit: Visit = { allowed: '', user: '' }
    const response = await answer(request, visit, context).catch(async (error: unknown) =>
      errorAnswer(await explain(error, request, visit), visit),
    )
    if (visit.origin !== undefined) allow(response, visit.origin)
    if (response.status === 405) response.headers.set('allow', visit.allowed)
    return response
  }

  async function answer(request: Request, visit: Visit, context: ProxyContext | undefined): Promise<Response> {
    const url = new URL(request.url)
    visit.origin = crossOrigin(request, origins)
    const operation = operations.find(({ path }) => url.pathname.endsWith(path))
    // Nothing that somebody else might read in another way.
    if (!operation || /%|\/\/|\\/.test(url.pathname)) throw refusal(404, 'not-found', 'There is nothing at this address.')
    visit.operation = operation
    visit.allowed = visit.origin === undefined ? operation.method : `${operation.method}, OPTIONS`
    if (request.method === 'OPTIONS' && visit.origin !== undefined) return preflight(operation.method)
    if (request.method !== operation.method) throw refusal(405, 'rejected', `Use ${operation.method}.`)
    const { method, headers } = request
    const user = await options.authorize(new Request(url, { method, headers }))
    if (user === null || user === undefined || user === false || user === '') throw refusal(401, 'authentication', 'Sign in first.')
    if (typeof user !== 'string') throw new TypeError('authorize should give the id of a user, a text')
    visit.user = user
    const ready = (proxy ??= createProxy(options, onError, runtime))
    visit.proxy = ready
    const work = within(ready, request, (signal, late) => operation.handle({ proxy: ready, request, url, user, signal, late }))
    context?.waitUntil?.(work.catch(() => {}))
    return dataAnswer(await work, visit)
  }

  /** What the page is told. What is not meant for it goes to the log. */
  async function explain(error: unknown, request: Request, { user, operation, proxy }: Visit): Promise<ApikleyError> {
    if (!ApikleyError.is(error)) {
      if (request.signal.aborted) return refusal(499, 'connection', 'The page has gone.')
      onError(error)
      return misconfigured('The proxy failed. Its log says why.')
    }
    if (error.kind === 'configuration') onError(error)
    if (error.kind === 'timeout')
      return new ApikleyError({ kind: operation?.charged ? 'rate-limited' : 'connection', message: error.message })
    const { taskId } = error
    if (taskId === undefined || !proxy) return error
    const handle = await proxy.handles.seal(user, taskId)
    return ApikleyError.from({ ...error.toJSON(), taskId: handle, message: error.message.replaceAll(taskId, handle) })
  }

  return { GET: fetch, POST: fetch, OPTIONS: fetch, fetch }
}

/** Ends in time: `late` is aborted when the time is up, `signal` also when the page has gone. */
async function within<Value>(
  { clock, requestTimeout }: Proxy,
  { signal: gone }: Request,
  work: (signal: AbortSignal, late: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const [both, late] = [new AbortController(), new AbortController()]
  const leave = (): void => both.abort(gone.reason)
  const cancel = clock.after(requestTimeout, () => {
    const reason = new ApikleyError({ kind: 'timeout', message: `The service did not answer the proxy within ${requestTimeout} ms.` })
    late.abort(reason)
    both.abort(reason)
  })
  gone.addEventListener('abort', leave, { once: true })
  if (gone.aborted) leave()
  try {
    return await work(both.signal, late.signal)
  } finally {
    cancel()
    gone.removeEventListener('abort', leave)
  }
}

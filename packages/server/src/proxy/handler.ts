import { ApikleyError, type Runtime } from '@apikley/client'
import { createContext, type RouteContext } from './context.ts'
import { allowedOrigin, setCorsHeaders } from './cors.ts'
import { callWithDeadline } from './deadline.ts'
import {
  checkSetup,
  configurationError,
  errorResponse,
  failTemporarily,
  FINAL,
  GENERIC_FAILURE_MESSAGE,
  isForOperator,
  isStoreFailure,
  jsonResponse,
  refusal,
  refuseUnless,
  report,
  unconfirmed,
} from '../errors.ts'
import { checkRequest } from '../request-body.ts'
import { sealHandle } from './sealed-handle.ts'
import { ObservedRequest } from './observed-request.ts'
import { checkOptions, type ProxyOptions } from './options.ts'
import { findRoute, type Route } from './routes.ts'

/** The context of a platform, such as the `ctx` of Workers. */
export interface ProxyContext {
  /** Keeps the instance running until the promise settles. */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
}

/** Responds to a page. It never rejects. Adapters pass other objects than a `ProxyContext`. */
export type ProxyFetch = (request: Request, context?: ProxyContext | object) => Promise<Response>

/** The same function under the names that frameworks expect. Next.js uses the methods. */
export interface ProxyHandler {
  readonly GET: (request: Request) => Promise<Response>
  readonly POST: (request: Request) => Promise<Response>
  readonly OPTIONS: (request: Request) => Promise<Response>
  /** For Hono, Bun, Deno and Workers: `app.all('/api/apikley/*', (c) => proxy.fetch(c.req.raw))` */
  readonly fetch: ProxyFetch
}

/**
 * Creates a route for the client in the page, `createApikley({ proxyUrl: '/api/apikley' })`. It adds
 * the API key, serves a fixed list of operations, and builds every request to the service itself.
 * Create it once per process: it remembers outcomes and limits. It reads the environment with the
 * first request, so a build needs neither key nor secret.
 *
 * @param runtime clock, randomness and environment, for tests
 * @throws {ApikleyError} `configuration`
 * @example
 * // app/api/apikley/[...path]/route.ts
 * export const { GET, POST } = createProxyHandler({ models: ['ideogram/v3-reframe'], authorize: (request) => userIdOf(request) })
 */
export function createProxyHandler(
  options: ProxyOptions,
  runtime: Partial<Runtime> = {},
): ProxyHandler {
  checkOptions(options)
  const server = new ProxyServer(options, runtime)
  const fetch: ProxyFetch = (request, context) => server.respond(request, context)
  return { GET: fetch, POST: fetch, OPTIONS: fetch, fetch }
}

/** The state of one request. */
interface Exchange {
  readonly request: Request
  /** Set when the page belongs to an allowed site of `origins`. */
  origin?: string | undefined
  route?: Route
  /** The last segment of the path. */
  name?: string
  /** Set when the route starts. From then on a create may be charged. */
  user?: string
  /** Whether the answer is the outcome of a create. */
  isFinal?: boolean
}

const HOSTS_MISSING =
  'authorize accepts requests without reading them, so a page of a foreign host name could call the ' +
  "proxy. Pass { hosts: ['app.example.com'] } with the host names of the proxy."

const SAME_USER =
  'authorize returns a user without reading the request. If it is always the same one, everybody ' +
  'sees all tasks. Return the id of the signed-in user.'

class ProxyServer {
  readonly #options: ProxyOptions
  readonly #runtime: Partial<Runtime>
  readonly #warnings = new Set<string>()
  #context: RouteContext | undefined

  constructor(options: ProxyOptions, runtime: Partial<Runtime>) {
    this.#options = options
    this.#runtime = runtime
  }

  async respond(request: Request, context: ProxyContext | object | undefined): Promise<Response> {
    const platform: ProxyContext = Object(context)
    const exchange: Exchange = { request }
    const toResponse = (error: unknown): Promise<Response> => this.#refuse(error, exchange)
    // The second catch handles an error of `toResponse` itself.
    const responding = this.#process(exchange).catch(toResponse).catch(toResponse)
    try {
      platform.waitUntil?.(responding)
    } catch (error) {
      this.#report(error)
    }
    const response = await responding
    if (exchange.origin !== undefined) {
      setCorsHeaders(response.headers, exchange.origin)
    }
    if (exchange.isFinal) {
      response.headers.set('apikley-proxy', FINAL)
    }
    if (response.status === 405 && exchange.route) {
      response.headers.set('allow', exchange.route.method)
    }
    return response
  }

  async #process(exchange: Exchange): Promise<Response> {
    const { request } = exchange
    checkRequest(request)
    exchange.origin = allowedOrigin(request, this.#options)
    const found = findRoute(request)
    refuseUnless(found !== undefined, 404, 'The proxy serves nothing at this URL.')
    const { route } = found
    Object.assign(exchange, found)
    if (request.method === 'OPTIONS' && exchange.origin !== undefined) {
      return new Response(null, { status: 204 })
    }
    refuseUnless(request.method === route.method, 405, `Use ${route.method}.`)
    this.#context ??= createContext(this.#options, this.#runtime)
    return this.#runRoute(this.#context, route, exchange)
  }

  async #runRoute(context: RouteContext, route: Route, exchange: Exchange): Promise<Response> {
    const { request, name = '' } = exchange
    const { clock, key, requestTimeout } = context.apikley.transport
    const deadline = new AbortController()
    const { signal } = deadline
    const cancel = clock.after(requestTimeout, () => {
      const message = `The service did not respond to the proxy within ${requestTimeout} ms.`
      deadline.abort(new ApikleyError({ kind: 'timeout', message }))
    })
    if (!route.charged) {
      request.signal.addEventListener('abort', () => deadline.abort(request.signal.reason))
    }
    try {
      const user = await this.#authorize(request, signal)
      exchange.user = user
      const onFinal = (): void => {
        exchange.isFinal = true
      }
      const limiter = context.limits[route.limit]
      const data = await limiter.hold(user, async () => {
        if (!route.charged) {
          await limiter.take(user, signal)
        }
        return route.handle({ ...context, request, user, name, signal, onFinal })
      })
      return jsonResponse({ code: 200, msg: 'success', data }, 200, key.redact)
    } finally {
      cancel()
    }
  }

  /** @throws {ApikleyError} a refusal, `maintenance` or `configuration` */
  async #authorize({ url, method, headers }: Request, signal: AbortSignal): Promise<string> {
    const { authorize } = this.#options
    const given = new ObservedRequest(url, { method, headers })
    given.isRead = false
    const call = (): ReturnType<typeof authorize> => authorize(given)
    const user = await callWithDeadline('authorize', call, signal).catch(failTemporarily)
    refuseUnless(Boolean(user), 401, 'Sign in first.')
    checkSetup(typeof user === 'string', 'authorize must return the user id as a text.')
    if (!given.isRead) {
      checkSetup(this.#options.hosts !== undefined, HOSTS_MISSING)
      this.#warnOnce(SAME_USER)
    }
    return user
  }

  async #refuse(cause: unknown, exchange: Exchange): Promise<Response> {
    const { user, route } = exchange
    const error = this.#explain(cause, exchange)
    const { taskId } = error
    if (taskId === undefined || user === undefined || !this.#context) {
      return errorResponse(error, route?.charged)
    }
    const handle = await sealHandle(this.#context.secrets, 'task', user, taskId)
    return errorResponse(error, route?.charged, (text) => text.replaceAll(taskId, handle))
  }

  /** The reason of a failure. The log gets everything that the page must not see. */
  #explain(cause: unknown, { request, user, route }: Exchange): ApikleyError {
    const error = endOf(cause)
    if (request.signal?.aborted && !route?.charged) {
      return refusal(499, 'The page disconnected.')
    }
    if (!ApikleyError.is(error)) {
      this.#report(error)
      return route?.charged && user !== undefined
        ? unconfirmed(request.headers.get('idempotency-key') ?? undefined)
        : configurationError(GENERIC_FAILURE_MESSAGE)
    }
    if (error.kind === 'connection' && isStoreFailure(error)) {
      const { charge, idempotencyKey } = error
      const data = { charge, idempotencyKey, message: GENERIC_FAILURE_MESSAGE }
      return new ApikleyError({ ...data, kind: 'maintenance' })
    }
    if (isForOperator(error)) {
      this.#report(error)
    } else if (error.cause !== undefined) {
      // A function of the application failed, or the service or the limiter could not be reached.
      this.#report(error.kind === 'maintenance' ? error.cause : error)
    }
    return error
  }

  #warnOnce(message: string): void {
    if (!this.#warnings.has(message)) {
      this.#warnings.add(message)
      this.#report(configurationError(`Warning: ${message}`))
    }
  }

  /** The client reports failures of the store with an event. */
  #report(error: unknown): void {
    if (!isStoreFailure(error)) {
      void report(this.#options.onError, error)
    }
  }
}

/** The error of the proxy's own deadline instead of the abort that it caused. */
function endOf(error: unknown): unknown {
  if (!ApikleyError.is(error) || error.kind !== 'aborted' || !ApikleyError.is(error.cause)) {
    return error
  }
  return error.charge === 'possible' ? unconfirmed(error.idempotencyKey) : error.cause
}

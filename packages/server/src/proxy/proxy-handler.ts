import { ApikleyError, type ApikleyErrorKind, type Runtime } from '@apikley/client'
import { errorAnswer, jsonAnswer } from './answer.ts'
import { ask } from './application.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations/operations.ts'
import { checkOptions, type ProxyOptions } from './options.ts'
import { allow, crossOrigin } from './origin.ts'
import { createProxy, type Proxy } from './proxy.ts'
import { failed, misconfigured, notNow, refusal, unconfirmed } from './refusal.ts'

/** What a platform passes along with a request, for instance the `ctx` of Workers. */
export interface ProxyContext {
  /** Keeps the instance going until the promise has settled. */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
}

/** Refusals of the account, not of what a user asks for. */
const ofAccount: readonly ApikleyErrorKind[] = [
  'authentication',
  'insufficient-credits',
  'key-limit',
]

/**
 * Errors in which the service speaks of what the user has asked for; its other words may be of
 * anything.
 */
const ofInput: readonly ApikleyErrorKind[] = ['rejected', 'not-found', 'task-failed']

/** What is known of a request, as far as it has come. */
interface Visit {
  origin?: string | undefined
  operation?: Operation
  /** Known from the moment on in which the operation begins. */
  user?: string
}

/** Answers a page; it never rejects. */
export type ProxyFetch = (request: Request, context?: ProxyContext) => Promise<Response>

/**
 * A route that adds the key, in the shapes in which frameworks take it. All of them are the same
 * function.
 */
export interface ProxyHandler {
  /**
   * For Next.js and whatever else has a function for each method; what it passes as well is no
   * context.
   */
  readonly GET: (request: Request) => Promise<Response>
  readonly POST: (request: Request) => Promise<Response>
  /** Only pages of other sites, named in `origins`, ask for it. */
  readonly OPTIONS: (request: Request) => Promise<Response>
  /**
   * For Hono, Bun, Deno and Workers: `app.all('/api/apikley/*', (c) => proxy.fetch(c.req.raw))`.
   */
  readonly fetch: ProxyFetch
}

/**
 * A route for the client in the page: `createApikley({ proxyUrl: '/api/apikley' })`. It knows a
 * closed list of operations, builds every request to the service itself, and lets nothing in or out
 * that is not named. It never rejects.
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
  const { origins = [], onError = console.error } = options
  let proxy: Proxy | undefined

  async function report(error: unknown): Promise<void> {
    try {
      await onError(error)
    } catch {
      // A mistake of a log changes no answer.
    }
  }

  const fetch: ProxyFetch = async (request, context) => {
    const visit: Visit = {}
    const tell = async (error: unknown): Promise<Response> =>
      errorAnswer(await explain(error, request, visit), visit.operation?.charged)
    // Twice: explaining may fail, too.
    const answering = admit(request, visit).catch(tell).catch(tell)
    try {
      context?.waitUntil?.(answering)
    } catch (error) {
      void report(error)
    }
    const answer = await answering
    if (visit.origin !== undefined) {
      allow(answer.headers, visit.origin)
    }
    if (answer.status === 405 && visit.operation) {
      answer.headers.set('allow', visit.operation.method)
    }
    return answer
  }

  async function admit(request: Request, visit: Visit): Promise<Response> {
    const { method, headers } = request
    const url = new URL(request.url)
    visit.origin = crossOrigin(request, origins)
    // Nothing that somebody else might read in another way.
    const operation = /%|\/\/|\\/.test(url.pathname)
      ? undefined
      : operations.find(({ path }) => url.pathname.replace(/\/$/, '').endsWith(path))
    if (!operation) {
      throw refusal(404, 'There is nothing at this address.')
    }
    visit.operation = operation
    if (method === 'OPTIONS' && visit.origin !== undefined) {
      return new Response(null, { status: 204 })
    }
    if (method !== operation.method) {
      throw refusal(405, `Use ${operation.method}.`)
    }
    proxy ??= createProxy(options, report, runtime)
    const { requestTimeout } = proxy
    const { clock, key } = proxy.apikley.transport
    const ending = new AbortController()
    const { signal } = ending
    const cancel = clock.after(requestTimeout, () =>
      ending.abort(
        new ApikleyError({
          kind: 'timeout',
          message: `The service did not answer the proxy within ${requestTimeout} ms.`,
        }),
      ),
    )
    if (!operation.charged) {
      request.signal.addEventListener('abort', () => ending.abort(request.signal.reason))
    }
    try {
      const user = await ask(
        'authorize',
        () => options.authorize(new Request(url, { method, headers })),
        signal,
      ).catch((cause: unknown) => {
        // Who has left is no failure of the application's.
        throw !operation.charged && request.signal.aborted
          ? refusal(499, 'The page has gone.')
          : notNow(cause)
      })
      if (!user) {
        throw refusal(401, 'Sign in first.')
      }
      if (typeof user !== 'string') {
        throw misconfigured('authorize should give the id of a user, a text')
      }
      visit.user = user
      const data = await operation.handle({ proxy, request, url, user, signal })
      return jsonAnswer({ code: 200, msg: 'success', data }, 200, key.redact)
    } finally {
      cancel()
    }
  }

  /** What the page is told. What is not meant for it goes to the log. */
  async function explain(
    error: unknown,
    { headers, signal }: Request,
    { user, operation }: Visit,
  ): Promise<ApikleyError> {
    const charged = operation?.charged
    if (!ApikleyError.is(error)) {
      // From there on a task may have been bought.
      const begun = charged && user !== undefined
      if (signal.aborted && !begun) {
        return refusal(499, 'The page has gone.')
      }
      void report(error)
      return begun
        ? unconfirmed(headers.get('idempotency-key') ?? undefined)
        : misconfigured(failed)
    }
    let data = error.toJSON()
    const { kind, message, msg, taskId, status } = data
    // What a function of the application threw; and why the service, or the limiter, could not be
    // reached.
    if (error.cause !== undefined && kind !== 'configuration') {
      void report(kind === 'maintenance' ? error.cause : error)
    }
    if (msg !== undefined && !ofInput.includes(kind)) {
      data = { ...data, msg: undefined, message: message.replace(msg.slice(0, 500), '…') }
    }
    // The words are for the one who runs the server, not for its users.
    if (kind === 'configuration' || (status !== undefined && ofAccount.includes(kind))) {
      void report(error)
      data = { ...data, message: failed, msg: undefined }
    }
    // The time was up before anything was sent.
    if (kind === 'timeout') {
      data = { kind: charged ? 'rate-limited' : 'connection', message }
    }
    if (taskId !== undefined && user !== undefined && proxy) {
      const handle = await proxy.handles.seal(user, taskId)
      const named = (text: string | undefined): string | undefined =>
        text?.replaceAll(taskId, handle)
      data = {
        ...data,
        taskId: handle,
        message: named(data.message) ?? '',
        msg: named(data.msg),
        failMsg: named(data.failMsg),
      }
    }
    return ApikleyError.from(data)
  }

  return { GET: fetch, POST: fetch, OPTIONS: fetch, fetch }
}

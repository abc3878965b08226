import { ApikleyError, type Clock, type Task } from '@apikley/client'
import { parseCallback } from './callback.ts'
import { failedTask } from './failed-task.ts'
import type { WebhookClient, WebhookOptions } from './options.ts'
import { readText } from './read-text.ts'
import { verifySignature } from './callback-signature.ts'
import { hasToken, parametersOf } from './token.ts'

/**
 * Takes a callback and answers its sender: 200 for a task whose end is told, 503 for one that has not ended and 500 for one that cannot be read just now, so
 * that the sender tries again. `context` may have `waitUntil`.
 */
export type WebhookHandler = (request: Request, context?: unknown) => Promise<Response>

/** Tasks that are remembered, so that a callback that comes again costs nothing. */
const mostHandled = 10_000

/** Callbacks of anybody that are handled at a time: each costs a read. */
const mostOfAnybody = 50

/** What takes longer, in ms, is thought to have been cut off: a Worker whose sender has left does not even end its `finally`. */
const longestWork = 120_000

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * Makes a handler for callbacks. A callback is a hint and never data: its signature, if there is any, does not cover its body. So the task is read again; then
 * those who wait for it are told, and `onTask` is called, whatever comes twice, late, in another order or from somebody else, with what is true. Without
 * `token` or `secret` anybody may have tasks read and keep the handler busy.
 *
 * @param runtime `clock`, for tests
 * @returns a handler that rejects with an `ApikleyError`, `configuration`, for an empty `token` or `secret`, for what `apikley` throws, and for what is no
 * `Request` or one that was read before. Nothing is looked for before the first callback, so a build needs neither key nor secret.
 * @example
 * export const POST = createWebhookHandler({ apikley, token: process.env.APIKLEY_WEBHOOK_TOKEN, onTask: (task) => save(task) })
 */
export function createWebhookHandler(
  options: WebhookOptions,
  { clock = systemClock }: { readonly clock?: Clock | undefined } = {},
): WebhookHandler {
  const { secret, token, onTask, seen, onError = console.error, maxBytes = 1_000_000 } = options
  let client: WebhookClient | undefined
  const handled = new Set<string>()
  const underWay = new Map<string, number>()

  /** Gives what to answer, and tells `early` before, if that is there and the sender need not wait. */
  async function handle({ tasks }: WebhookClient, taskId: string, early: ((status: number) => void) | undefined): Promise<number> {
    let claimed: string | undefined
    try {
      const task = await tasks.get(taskId).catch(failedTask)
      if (task.taskId !== taskId || !/^(success|fail)$/.test(task.state)) return 503
      tasks.notify(task)
      const end = `${taskId}:${task.state}`
      const claim = seen ? await seen.claim(end) : 'mine'
      if (claim === 'mine') {
        claimed = end
        early?.(200)
        await onTask(task, { attemptId: attemptIdOf(task) })
        claimed = undefined
      } else if (claim !== 'done') return 503
      handled.add(taskId)
      const [oldest] = handled
      if (oldest && handled.size > mostHandled) handled.delete(oldest)
      if (claim === 'mine') await seen?.done(end)
      return 200
    } catch (error) {
      // Somebody else's task, nobody's, or not visible yet. The one who posts it for the service tries again.
      if (!claimed && ApikleyError.is(error) && error.kind === 'not-found') return 404
      try {
        await onError(error, taskId)
      } finally {
        if (claimed) await seen?.release(claimed)
      }
      // What is told stays told, though the store does not know it.
      return handled.has(taskId) ? 200 : 500
    } finally {
      underWay.delete(taskId)
    }
  }

  async function take(request: Request, platform: Pick<WebhookOptions, 'waitUntil'>, apikley: WebhookClient): Promise<number> {
    if (token && !(await hasToken(request.url, token))) return 401
    const text = await readText(request, maxBytes, clock)
    if (text === undefined) return 413
    const { taskId } = parseCallback(text) ?? {}
    if (!taskId) return 400
    if (secret && !(await verifySignature({ ...options, secret, taskId, headers: request.headers }, { clock }))) return 401
    if (handled.has(taskId)) return 200
    const now = clock.now()
    for (const [id, since] of underWay) if (now - since >= longestWork) underWay.delete(id)
    if (underWay.has(taskId) || (!secret && !token && underWay.size >= mostOfAnybody)) return 503
    underWay.set(taskId, now)
    return new Promise((respond) => {
      const work = handle(apikley, taskId, platform.waitUntil && respond).then(respond, () => respond(500))
      // From the start, because a platform may end what the sender does not wait for.
      platform.waitUntil?.(work)
    })
  }

  return async (request, context) => {
    if (!request.headers?.get || request.bodyUsed)
      throw misused('The webhook takes a web Request whose body was not read: no body parser before it')
    client ??= prepare(options)
    const code = await take(request, options.waitUntil ? options : Object(context), client)
    return Response.json({ code, msg: code === 200 ? 'success' : 'failed' }, { status: code })
  }
}

function prepare(options: WebhookOptions): WebhookClient {
  for (const name of ['secret', 'token'] as const) {
    const given = [options[name]].flat()
    // An empty one would be everybody's.
    if (name in options && !(given.length > 0 && given.every(Boolean)))
      throw misused(`${name} is empty: set it, or leave it out to take callbacks of anybody`)
  }
  return typeof options.apikley === 'function' ? options.apikley() : options.apikley
}

/** The last one, which the client has put there. */
function attemptIdOf({ param }: Task): string | undefined {
  return parametersOf(param?.callBackUrl ?? '')
    .getAll('attemptId')
    .at(-1)
}

function misused(message: string): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message })
}

import { ApikleyError, type Clock } from '@apikley/client'
import { parseCallback } from './callback.ts'
import { verifySignature } from './callback-signature.ts'
import { createEnds } from './ends.ts'
import type { WebhookClient, WebhookOptions } from './options.ts'
import { readText } from './read-text.ts'
import { hasToken } from './token.ts'

/**
 * Takes a callback and answers its sender within 15 s, which is how long that waits: 200 for a task
 * whose end is told, and 5xx for everything after which it should try again. `context` may have
 * `waitUntil`.
 */
export type WebhookHandler = (request: Request, context?: unknown) => Promise<Response>

/**
 * What is done for a callback: its task is read, and its end is told. Who comes with the same task
 * meanwhile waits for the same work.
 */
interface Work {
  readonly since: number
  /** What to answer, once it is done. */
  status: Promise<number>
  /** `onTask` has been called, and has not failed. */
  telling: boolean
}

/** Callbacks of anybody that are handled at a time: each costs a read. */
const mostOfAnybody = 50

/**
 * What takes longer, in ms, is thought to have been cut off: a Worker whose sender has left does
 * not even end its `finally`.
 */
const longestWork = 120_000

/**
 * How long the sender is kept waiting for the work, in ms: with the time for its body less than the
 * 15 s after which it leaves.
 */
const patience = 9000

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * Makes a handler for callbacks. A callback is a hint and never data: its signature, if there is
 * any, does not cover its body. So the task is read again; then those who wait for it are told, and
 * `onTask` is called, whatever comes twice, late, in another order or from somebody else, with what
 * is true. Without `token` or `secret` anybody may have tasks read and keep the handler busy.
 *
 * @param runtime `clock`, for tests
 * @returns a handler that answers 500 and tells `onError` of an empty `token` or `secret`, of what
 *   `apikley` throws, and of a body that was read before; it rejects only for what is no `Request`.
 *   Nothing is looked for before the first callback, so a build needs neither key nor secret.
 * @example
 * export const POST = createWebhookHandler({ apikley, token: process.env.APIKLEY_WEBHOOK_TOKEN, onTask: (task) => save(task) })
 */
export function createWebhookHandler(
  options: WebhookOptions,
  { clock = systemClock }: { readonly clock?: Clock | undefined } = {},
): WebhookHandler {
  const { secret, token, onError = console.error, maxBytes = 1_000_000 } = options
  let client: WebhookClient | undefined
  let refused = false
  const ends = createEnds(options, report)
  const underWay = new Map<string, Work>()

  async function report(error: unknown, taskId?: string): Promise<void> {
    try {
      await onError(error, taskId)
    } catch {
      // A mistake of a log changes no answer.
    }
  }

  function begin(apikley: WebhookClient, taskId: string): Work {
    const work: Work = { since: clock.now(), status: Promise.resolve(500), telling: false }
    const run = async (): Promise<number> => {
      try {
        return await ends.tell(apikley, taskId, (telling) => (work.telling = telling))
      } catch (error) {
        // Somebody else's task, nobody's, or not visible yet, the service says by a code; what
        // stands in its place has none.
        if (ApikleyError.is(error) && error.kind === 'not-found' && error.code !== undefined) {
          return 503
        }
        await report(error, taskId)
        return 500
      } finally {
        if (underWay.get(taskId) === work) {
          underWay.delete(taskId)
        }
      }
    }
    underWay.set(taskId, work)
    work.status = run()
    return work
  }

  /** Only the first one is told of: a stranger may come as often as he likes. */
  function refuse(why: string): number {
    const message = `A callback was refused: ${why}. Others that are refused are not told of.`
    if (!refused) {
      void report(new ApikleyError({ kind: 'authentication', message }))
    }
    refused = true
    return 401
  }

  async function take(request: Request, context: unknown): Promise<number> {
    if (request.bodyUsed) {
      throw misused('The body was read before the webhook got it: no body parser before it')
    }
    client ??= prepare(options)
    if (token && !(await hasToken(request.url, token))) {
      return refuse('its address lacks the token; check callbackUrl, where it has to be encoded')
    }
    const text = await readText(request, maxBytes, clock)
    if (text === undefined) {
      return 413
    }
    const { taskId } = parseCallback(text) ?? {}
    if (!taskId) {
      return 400
    }
    if (
      secret &&
      !(await verifySignature({ ...options, secret, taskId, headers: request.headers }, { clock }))
    ) {
      return refuse(
        'it has no signature that is right and not too old; check the secret and the clock',
      )
    }
    if (ends.isTold(taskId)) {
      return 200
    }
    const now = clock.now()
    for (const [id, { since }] of underWay) {
      if (now - since >= longestWork) {
        underWay.delete(id)
      }
    }
    const earlier = underWay.get(taskId)
    if (!earlier && !secret && !token && underWay.size >= mostOfAnybody) {
      return 503
    }
    const work = earlier ?? begin(client, taskId)
    const platform: Pick<WebhookOptions, 'waitUntil'> = options.waitUntil
      ? options
      : Object(context)
    try {
      // From the start, because a platform may end what the sender does not wait for.
      platform.waitUntil?.(work.status)
    } catch (error) {
      void report(error, taskId)
    }
    return new Promise((resolve) => {
      // What goes on after the answer is told in the end; without `waitUntil` nobody knows whether
      // it goes on.
      const cancel = clock.after(patience, () =>
        resolve(work.telling && platform.waitUntil ? 200 : 503),
      )
      void work.status.then(resolve).finally(cancel)
    })
  }

  return async (request, context) => {
    let code = 500
    try {
      if (!request.headers?.get) {
        throw misused('The webhook takes a web Request')
      }
      code = await take(request, context)
    } catch (error) {
      void report(error)
      // To what sends no Request, a Response says nothing.
      if (!request.headers?.get) {
        throw error
      }
    }
    return Response.json({ code, msg: code === 200 ? 'success' : 'failed' }, { status: code })
  }
}

function prepare(options: WebhookOptions): WebhookClient {
  for (const name of ['secret', 'token'] as const) {
    const given = [options[name]].flat()
    // An empty one would be everybody's.
    if (name in options && !(given.length > 0 && given.every(Boolean))) {
      throw misused(`${name} is empty: set it, or leave it out to take callbacks of anybody`)
    }
  }
  return typeof options.apikley === 'function' ? options.apikley() : options.apikley
}

function misused(message: string): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message })
}

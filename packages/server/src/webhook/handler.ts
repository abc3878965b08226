import { ApikleyError, memoryStore, type Clock, type Store, type Task } from '@apikley/client'
import { checkSetup, refusal, refuseUnless, report } from '../errors.ts'
import { checkRequest, readText } from '../request-body.ts'
import { idempotencyKeyOf, parseCallback, toFailedTask } from './callback.ts'
import { isDone, Lease } from './lease.ts'
import type { WebhookClient, WebhookOptions } from './options.ts'
import { hasToken, verifySignature } from './signature.ts'

/** Answers a callback within 15 s. `context` may have a `waitUntil`. */
export type WebhookHandler = (request: Request, context?: unknown) => Promise<Response>

/** Without a token and a secret, anyone can send callbacks, and each costs a read. */
const MAX_UNVERIFIED_RUNS = 50

/** An older run counts as aborted: a Worker whose sender disconnected runs not even `finally`. */
const MAX_RUN_DURATION_MS = 120_000

/** Both together are less than the sender's 15 s. */
const BODY_TIMEOUT_MS = 5_000
const RESPONSE_DEADLINE_MS = 9_000

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * Creates a handler for callbacks. It takes only the task id from a callback and reads the task
 * again. Then it resolves pending waits of the client and calls `onTask`. Duplicate, late,
 * reordered and forged callbacks therefore cannot cause a wrong result.
 *
 * Set `token` or `secret`. Without both, callbacks from anyone are accepted, 50 at a time, and an
 * attacker can keep the genuine ones out.
 *
 * @param runtime `clock`, for tests
 * @returns a handler that checks the configuration with the first callback, so a build needs no key.
 *   It answers 500 and calls `onError` when the configuration is wrong, and rejects only for an
 *   argument that is not a `Request`.
 * @example
 * export const POST = createWebhookHandler({ apikley, token: process.env.APIKLEY_WEBHOOK_TOKEN, onTask: (task) => save(task) })
 */
export function createWebhookHandler(
  options: WebhookOptions,
  { clock = systemClock }: { readonly clock?: Clock | undefined } = {},
): WebhookHandler {
  const webhook = new Webhook(options, clock)
  return (request, context) => webhook.respond(request, context)
}

/** Reads one task and calls `onTask`. Callbacks about the same task share a run. */
interface Run {
  readonly startedAt: number
  /** The status of the response. It never rejects. */
  status: Promise<number>
  /** `onTask` was called and has not failed. */
  notified: boolean
}

class Webhook {
  readonly #options: WebhookOptions
  readonly #clock: Clock
  readonly #runs = new Map<string, Run>()
  readonly #store: Store
  #client: WebhookClient | undefined
  #refusalReported = false

  constructor(options: WebhookOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#store = options.store ?? memoryStore({ clock })
  }

  async respond(request: Request, context: unknown): Promise<Response> {
    try {
      checkRequest(request)
    } catch (error) {
      if (ApikleyError.is(error) && error.kind !== 'configuration') {
        return Response.json({ code: 400, msg: error.message }, { status: 400 })
      }
      void this.#report(error)
      // A caller without a Request, such as Express, cannot use a Response either.
      throw error
    }
    const code = await this.#process(request, context).catch((error: unknown) => {
      if (ApikleyError.is(error) && error.kind === 'rejected' && error.code !== undefined) {
        return error.code
      }
      void this.#report(error)
      return 500
    })
    return Response.json({ code, msg: code === 200 ? 'success' : 'failed' }, { status: code })
  }

  /**
   * Returns the status of the response, like the methods below.
   *
   * @throws {ApikleyError} a refusal of the body
   */
  async #process(request: Request, context: unknown): Promise<number> {
    const { secret, token, maxAge } = this.#options
    const { headers, url } = request
    const clock = this.#clock
    this.#client ??= prepareClient(this.#options)
    if (token && !(await hasToken(url, token))) {
      return this.#refuse('its URL lacks the token. Check callbackUrl, and encode the token in it')
    }
    const taskId = parseCallback(await this.#readBody(request))?.taskId
    refuseUnless(taskId !== undefined, 400, 'The body names no task.')
    if (secret && !(await verifySignature({ taskId, headers, secret, maxAge }, { clock }))) {
      return this.#refuse('its signature is missing, wrong or too old. Check the secret')
    }
    // A task that reads as failed without a record (408) may still succeed.
    if (await isDone(this.#store, `${taskId}:success`)) {
      return 200
    }
    const run = this.#joinOrStartRun(this.#client, taskId)
    return run ? this.#waitForRun(run, taskId, context) : 503
  }

  async #readBody(request: Request): Promise<string> {
    const { maxBytes = 1_000_000 } = this.#options
    const timeout = new AbortController()
    const cancel = this.#clock.after(BODY_TIMEOUT_MS, () => timeout.abort(refusal(400, 'Timeout')))
    return readText(request, maxBytes, timeout.signal).finally(cancel)
  }

  /** Reports only the first refusal: an attacker can send any number of callbacks. */
  #refuse(reason: string): number {
    if (!this.#refusalReported) {
      this.#refusalReported = true
      const message = `A callback was refused: ${reason}. Further refusals are not reported.`
      void this.#report(new ApikleyError({ kind: 'authentication', message }))
    }
    return 401
  }

  #isVerified(): boolean {
    const { secret, token } = this.#options
    return Boolean(secret || token)
  }

  /** Returns nothing if too many runs are in progress. */
  #joinOrStartRun(client: WebhookClient, taskId: string): Run | undefined {
    const now = this.#clock.now()
    for (const [id, { startedAt }] of this.#runs) {
      if (now - startedAt >= MAX_RUN_DURATION_MS) {
        this.#runs.delete(id)
      }
    }
    const current = this.#runs.get(taskId)
    if (current || (!this.#isVerified() && this.#runs.size >= MAX_UNVERIFIED_RUNS)) {
      return current
    }
    const run: Run = { startedAt: now, status: Promise.resolve(500), notified: false }
    this.#runs.set(taskId, run)
    run.status = this.#execute(run, client, taskId)
    return run
  }

  #waitForRun(run: Run, taskId: string, context: unknown): Promise<number> {
    const platform: Pick<WebhookOptions, 'waitUntil'> = this.#options.waitUntil
      ? this.#options
      : Object(context)
    try {
      // Register at once: a platform may stop the instance when the sender disconnects.
      platform.waitUntil?.(run.status)
    } catch (error) {
      void this.#report(error, taskId)
    }
    return new Promise((resolve) => {
      // Without `waitUntil` the platform may stop `onTask`, so the sender must retry.
      const cancel = this.#clock.after(RESPONSE_DEADLINE_MS, () =>
        resolve(run.notified && platform.waitUntil ? 200 : 503),
      )
      void run.status.then(resolve).finally(cancel)
    })
  }

  async #execute(run: Run, client: WebhookClient, taskId: string): Promise<number> {
    try {
      // Anyone may have sent an unverified callback.
      const turn = this.#isVerified() ? {} : ({ priority: 'low' } as const)
      const reading = client.tasks.get(taskId, turn)
      const task = await reading.catch(toFailedTask)
      if (task.taskId !== taskId || !/^(success|fail)$/.test(task.state)) {
        return 503
      }
      const notifying = client.tasks.notify(task, idempotencyKeyOf(task))
      const settling = notifying.catch((error: unknown) => this.#report(error, taskId))
      const status = await this.#callOnTask(run, task)
      await settling
      return status
    } catch (error) {
      // The service reports an unknown task with a code. A response without a code came from an
      // intermediary.
      if (ApikleyError.is(error) && error.kind === 'not-found' && error.code !== undefined) {
        return 503
      }
      await this.#report(error, taskId)
      return 500
    } finally {
      if (this.#runs.get(taskId) === run) {
        this.#runs.delete(taskId)
      }
    }
  }

  /** @throws errors of the store */
  async #callOnTask(run: Run, task: Task): Promise<number> {
    const { onTask } = this.#options
    const { taskId, state } = task
    const lease = new Lease(this.#store, this.#clock, `${taskId}:${state}`)
    const claim = await lease.claim()
    if (claim !== 'mine') {
      return claim === 'done' ? 200 : 503
    }
    run.notified = true
    try {
      await onTask(task, { idempotencyKey: idempotencyKeyOf(task) })
    } catch (error) {
      run.notified = false
      const reporting = this.#report(error, taskId)
      await lease.release()
      await reporting
      return 500
    }
    // A lease that is not finished ends, and the next callback calls `onTask` again.
    await lease.finish().catch((error: unknown) => this.#report(error, taskId))
    return 200
  }

  #report(error: unknown, taskId?: string): Promise<void> {
    return report(this.#options.onError, error, taskId)
  }
}

/** @throws {ApikleyError} `configuration` */
function prepareClient(options: WebhookOptions): WebhookClient {
  for (const name of ['secret', 'token'] as const) {
    const values = [options[name]].flat()
    const isOmittedOrSet = !(name in options) || (values.length > 0 && values.every(Boolean))
    checkSetup(isOmittedOrSet, `${name} is empty: set it, or omit it to accept all callbacks`)
  }
  return typeof options.apikley === 'function' ? options.apikley() : options.apikley
}

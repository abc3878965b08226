import { createHmac } from 'node:crypto'
import type { JsonObject } from '../document.ts'
import { isLoopback, VIA } from '../http/loopback.ts'
import type { CallbackOptions } from '../options.ts'
import { sleep, withTimeout } from '../waiting.ts'
import type { State } from './state.ts'
import { recordAt, type SimulatedTask } from './task.ts'

/** The longest time that one delivery takes, in ms (documented for other families of models). */
const DELIVERY_TIMEOUT_MS = 15_000

/**
 * The pauses before the three retries of a failed delivery. Their number is documented, their
 * length is invented.
 */
const RETRY_PAUSES_MS = [10_000, 30_000, 60_000]

type DeliveryResult = { readonly status: number } | { readonly error: string }

/** Posts the callbacks of tasks that have ended. */
export class Callbacks {
  readonly #state: State
  readonly #options: CallbackOptions

  constructor(state: State) {
    this.#state = state
    this.#options = state.options.callbacks ?? {}
  }

  /**
   * Posts the callback of a task as its fate says. Resolves after the first delivery.
   *
   * @throws the signal's reason when it aborts first
   */
  async send(task: SimulatedTask, signal: AbortSignal): Promise<void> {
    const { callback } = task
    if (callback === 'never') {
      return
    }
    if (typeof callback === 'object' && 'late' in callback) {
      await sleep(this.#state.clock, callback.late, signal)
    }
    await this.#deliver(task, signal)
    if (callback === 'twice') {
      await this.#deliver(task, signal)
    }
  }

  /** Resolves after the first attempt. */
  async #deliver(task: SimulatedTask, signal: AbortSignal): Promise<void> {
    const refusal = this.#refusal(String(task.request.callBackUrl))
    if (refusal === undefined) {
      await this.#attempt(task, JSON.stringify(this.#bodyOf(task)), 1, signal)
    } else {
      this.#note(task, 1, { error: refusal })
    }
  }

  /** Posts once. Retries go on in the background unless the receiver answers 2xx. */
  async #attempt(
    task: SimulatedTask,
    body: string,
    attempt: number,
    signal: AbortSignal,
  ): Promise<void> {
    const result = await this.#post(task, body, signal)
    signal.throwIfAborted()
    this.#note(task, attempt, result)
    const isDelivered = 'status' in result && result.status >= 200 && result.status <= 299
    const pause = RETRY_PAUSES_MS[attempt - 1]
    if (!isDelivered && pause !== undefined) {
      sleep(this.#state.clock, pause, signal)
        .then(() => this.#attempt(task, body, attempt + 1, signal))
        // It rejects only when the signal aborts.
        .catch(() => {})
    }
  }

  async #post(task: SimulatedTask, body: string, stopped: AbortSignal): Promise<DeliveryResult> {
    const { clock } = this.#state
    const { secret, fetch = globalThis.fetch } = this.#options
    const headers = {
      'content-type': 'application/json',
      via: VIA,
      ...(secret === undefined ? {} : signatureHeaders(secret, task.taskId, clock.now())),
    }
    try {
      const response = await withTimeout(clock, DELIVERY_TIMEOUT_MS, stopped, (signal) =>
        clock.during(
          fetch(String(task.request.callBackUrl), {
            method: 'POST',
            headers,
            body,
            redirect: 'manual',
            signal,
          }),
        ),
      )
      response.body?.cancel().catch(() => {})
      return { status: response.status }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Why nothing may be posted to a URL. */
  #refusal(url: string): string | undefined {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      return 'callBackUrl is not an http or https URL'
    }
    const isAllowed = this.#options.allow?.(new URL(url)) ?? isLoopback(new URL(url).hostname)
    return isAllowed
      ? undefined
      : 'not posted: the URL is not on this machine, and callbacks.allow does not allow it'
  }

  #bodyOf(task: SimulatedTask): JsonObject {
    const { clock, behaviour } = this.#state
    const { callback, end } = task
    const altered = typeof callback === 'object' && 'altered' in callback ? callback.altered : {}
    const record = recordAt(task, Math.max(clock.now(), end.completeTime), behaviour)
    const result =
      end.state === 'fail'
        ? { code: 501, msg: 'Playground task failed.' }
        : { code: 200, msg: 'Playground task completed successfully.' }
    return { ...result, data: { ...record, ...altered } }
  }

  #note({ taskId, request, redact }: SimulatedTask, attempt: number, result: DeliveryResult): void {
    const { clock, journal } = this.#state
    journal.addCallback({
      at: clock.now(),
      taskId,
      url: redact(String(request.callBackUrl)),
      attempt,
      ...('error' in result ? { error: redact(result.error) } : result),
    })
  }
}

/**
 * The headers of a signed callback, as kie.ai documents them
 * (https://docs.kie.ai/common-api/webhook-verification): an HMAC over the task's id and the time.
 * It does not cover the body.
 *
 * @param time in Unix ms
 */
function signatureHeaders(secret: string, taskId: string, time: number): Record<string, string> {
  const timestamp = String(Math.floor(time / 1000))
  const signature = createHmac('sha256', secret).update(`${taskId}.${timestamp}`).digest('base64')
  return { 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature }
}

import type { Behaviour } from '../behaviour.ts'
import { sleep, type Clock } from '../clock.ts'
import type { JournalKeeper } from '../journal.ts'
import type { Ledger } from '../ledger.ts'
import { isLoopback } from '../loopback.ts'
import { via } from '../via.ts'
import type { JsonObject } from '../document.ts'
import { signatureHeaders } from './signature.ts'
import { recordAt, type SimulatedTask } from './task.ts'

export interface CallbackOptions {
  /** Callbacks are signed with it. Default: they are not signed. */
  readonly secret?: string
  /**
   * Which addresses may be posted to. Default: loopback only, since a simulator has no business
   * with strangers.
   */
  readonly allow?: (url: URL) => boolean
  /**
   * How they are posted, for instance straight to a handler in process. Default: the platform's
   * `fetch`.
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

export interface Callbacks {
  /**
   * Posts the callback of a task that has ended, as its fate wants it. Settles when the first
   * delivery is over.
   *
   * @throws the reason of the signal, when that aborts first
   */
  send(task: SimulatedTask, signal: AbortSignal): Promise<void>
  /** Notes a callback that could not even be made. */
  fail(task: SimulatedTask, error: unknown): void
}

interface Parts {
  readonly clock: Clock
  readonly during: <T>(work: Promise<T>) => Promise<T>
  readonly behaviour: Behaviour
  readonly ledger: Ledger
  readonly journal: JournalKeeper
  readonly check: (json: unknown) => void
}

/** One delivery may take so long, in ms (documented for other families of models). */
const patience = 15_000

/**
 * Pauses before the three further tries of a delivery that failed, in ms. Their number is
 * documented, their length is ours.
 */
const pauses = [10_000, 30_000, 60_000]

/** The longest time that a callback is held back for another one to overtake it, in ms. */
const longestHold = 60_000

export function createCallbacks(parts: Parts, options: CallbackOptions): Callbacks {
  const { clock, journal } = parts
  const held: AbortController[] = []

  async function send(task: SimulatedTask, signal: AbortSignal): Promise<void> {
    const { callback } = task
    if (callback === 'never') {
      return
    }
    if (callback === 'reordered') {
      await overtaken(signal)
    }
    if (typeof callback === 'object' && 'late' in callback) {
      await sleep(clock, callback.late, signal)
    }
    await deliver(task, signal, callback === 'reordered')
    if (callback === 'twice') {
      await deliver(task, signal, false)
    }
  }

  async function overtaken(signal: AbortSignal): Promise<void> {
    const release = new AbortController()
    signal.addEventListener('abort', () => release.abort(), { once: true, signal: release.signal })
    held.push(release)
    await sleep(clock, longestHold, release.signal).catch(() => signal.throwIfAborted())
    release.abort()
  }

  function note(
    task: SimulatedTask,
    attempt: number,
    outcome: { status: number } | { error: string },
  ): void {
    const { taskId, redact } = task
    const told = 'error' in outcome ? { error: redact(outcome.error) } : outcome
    journal.callback({
      at: clock.now(),
      taskId,
      url: redact(String(task.request.callBackUrl)),
      attempt,
      ...told,
    })
  }

  async function deliver(
    task: SimulatedTask,
    signal: AbortSignal,
    wasHeld: boolean,
  ): Promise<void> {
    const url = String(task.request.callBackUrl)
    const refused = refusal(url)
    if (refused) {
      return note(task, 1, { error: refused })
    }
    const body = JSON.stringify(bodyOf(task))
    if (!(await attempt(1))) {
      retry().catch(() => {})
    }
    if (!wasHeld) {
      for (const release of held.splice(0)) {
        release.abort()
      }
    }

    async function attempt(number: number): Promise<boolean> {
      const outcome = await post(url, body, task.taskId, signal)
      signal.throwIfAborted()
      note(task, number, outcome)
      return 'status' in outcome && outcome.status >= 200 && outcome.status <= 299
    }

    async function retry(): Promise<void> {
      for (const [index, pause] of pauses.entries()) {
        await sleep(clock, pause, signal)
        if (await attempt(index + 2)) {
          return
        }
      }
    }
  }

  function refusal(url: string): string | undefined {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      return 'callBackUrl is not an http or https address'
    }
    const allowed = options.allow?.(new URL(url)) ?? isLoopback(new URL(url).hostname)
    return allowed
      ? undefined
      : 'not posted: the address is not on this machine, and callbacks.allow does not name it'
  }

  async function post(
    url: string,
    body: string,
    taskId: string,
    stopped: AbortSignal,
  ): Promise<{ status: number } | { error: string }> {
    stopped.throwIfAborted()
    const deadline = new AbortController()
    const late = new Promise<never>((_, reject) =>
      deadline.signal.addEventListener('abort', () => reject(deadline.signal.reason), {
        once: true,
      }),
    )
    const cancel = clock.after(patience, () =>
      deadline.abort(new Error(`no answer within ${patience} ms`)),
    )
    const stop = (): void => deadline.abort(stopped.reason)
    stopped.addEventListener('abort', stop, { once: true })
    try {
      const signature =
        options.secret === undefined ? {} : signatureHeaders(options.secret, taskId, clock.now())
      const headers = { 'content-type': 'application/json', via, ...signature }
      const request: RequestInit = {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: deadline.signal,
      }
      const response = await Promise.race([
        parts.during((options.fetch ?? globalThis.fetch)(url, request)),
        late,
      ])
      response.body?.cancel().catch(() => {})
      return { status: response.status }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    } finally {
      cancel()
      stopped.removeEventListener('abort', stop)
    }
  }

  function bodyOf(task: SimulatedTask): JsonObject {
    const { behaviour, ledger } = parts
    const { creditsConsumed: _, ...record } = recordAt(
      task,
      Math.max(clock.now(), task.end.completeTime),
      behaviour,
    )
    const failed = task.end.state === 'fail'
    const cost = failed ? 0 : task.price
    const credits =
      behaviour.callbackCredits === 'creditsConsumed'
        ? { creditsConsumed: cost }
        : { consumeCredits: cost, remainedCredits: ledger.balance }
    const altered =
      typeof task.callback === 'object' && 'altered' in task.callback
        ? task.callback.altered
        : undefined
    const body = {
      code: failed ? 501 : 200,
      msg: failed ? 'Playground task failed.' : 'Playground task completed successfully.',
      data: { ...record, ...credits, ...altered },
    }
    if (!altered) {
      parts.check(body)
    }
    return body
  }

  return {
    send,
    fail: (task, error) =>
      note(task, 1, { error: error instanceof Error ? error.message : String(error) }),
  }
}

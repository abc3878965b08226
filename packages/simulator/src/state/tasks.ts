import { setMaxListeners } from 'node:events'
import { isObject, type JsonObject } from '../document.ts'
import { DAY_MS, type Render, type RenderedFile } from '../options.ts'
import { between, createRandom, randomId } from '../random.ts'
import type { Outcome } from '../scenario.ts'
import { extensionOf } from '../http/media.ts'
import { sleep } from '../waiting.ts'
import { Callbacks } from './callbacks.ts'
import type { JournalRequest } from './journal.ts'
import type { State } from './state.ts'
import { failedEnd, stateAt, type SimulatedTask } from './task.ts'

/** How long the files of a task stay available. */
const RESULT_RETENTION_MS = DAY_MS

/** Tasks from their acceptance to their end. */
export class Tasks {
  readonly #state: State
  readonly #callbacks: Callbacks
  readonly #random: () => number
  readonly #tasks = new Map<string, SimulatedTask>()
  readonly #externalResults = new Set<string>()
  /** Aborts the pending callbacks. */
  #pending: AbortController

  constructor(state: State) {
    this.#state = state
    this.#callbacks = new Callbacks(state)
    this.#random = createRandom(state.seed, 'tasks')
    this.#pending = createPending(state.stopped)
  }

  /** Accepts a task that has been charged. Resolves when createTask may answer. */
  async accept(
    request: JsonObject,
    price: number,
    entry: JournalRequest,
    redact: (text: string) => string,
  ): Promise<SimulatedTask> {
    const { clock, outcomes, account, journal, options } = this.#state
    const model = String(request.model)
    const outcome = outcomes.take((rule) => rule.model === undefined || rule.model === model) ?? {}
    const task = this.#plan(model, request, price, outcome, redact)
    const { taskId } = task
    this.#add(task)
    entry.taskId = taskId
    journal.addTask({
      at: clock.now(),
      taskId,
      model,
      ...(entry.attemptId === undefined ? {} : { attemptId: entry.attemptId }),
    })
    const isStuck = task.endsAt === Number.POSITIVE_INFINITY
    if (task.end.state === 'fail') {
      account.refund(price, task.end.completeTime)
    } else if (options.render && outcome.result === undefined && !isStuck) {
      task.rendering = this.#render(options.render, task)
    }
    if (request.callBackUrl !== undefined && !isStuck) {
      const notified = this.#notify(task, this.#pending.signal)
      if (task.callback === 'early') {
        await notified
      }
    }
    return task
  }

  /** A task that exists and is visible. */
  find(taskId: string): SimulatedTask | undefined {
    const task = this.#tasks.get(taskId)
    return task && task.visibleAt <= this.#state.clock.now() ? task : undefined
  }

  /** Whether a URL is a result of a task that has succeeded, and the result has not expired. */
  hasResult({ pathname }: URL): boolean {
    const [, taskId = ''] = /^\/results\/([^/]+)\/[^/]+$/.exec(pathname) ?? []
    const task = this.#tasks.get(taskId)
    const now = this.#state.clock.now()
    return (
      task !== undefined &&
      stateAt(task, now) === 'success' &&
      now < task.end.completeTime + RESULT_RETENTION_MS &&
      JSON.stringify(task.end).includes(`${this.#state.origin}${pathname}"`)
    )
  }

  /** Whether a URL on another host is the result of a task that was put here. */
  isExternalResult(url: string): boolean {
    return this.#externalResults.has(url)
  }

  /** Adds a task that no request created. `urls` are its results on other hosts. */
  put(task: SimulatedTask, urls: readonly string[]): void {
    this.#add(task)
    for (const url of urls) {
      this.#externalResults.add(url)
    }
  }

  /** The number of tasks that are running. */
  get running(): number {
    const now = this.#state.clock.now()
    let count = 0
    for (const { endsAt, rendering } of this.#tasks.values()) {
      if (endsAt > now || rendering) {
        count++
      }
    }
    return count
  }

  /** Deletes every task and cancels the pending callbacks. */
  clear(): void {
    this.#tasks.clear()
    this.#externalResults.clear()
    this.#pending.abort(new Error('The simulator was reset'))
    this.#pending = createPending(this.#state.stopped)
  }

  #add(task: SimulatedTask): void {
    this.#tasks.set(task.taskId, task)
    for (const oldest of this.#tasks.keys()) {
      if (this.#tasks.size <= this.#state.history) {
        break
      }
      this.#tasks.delete(oldest)
    }
  }

  #plan(
    model: string,
    request: JsonObject,
    price: number,
    outcome: Outcome,
    redact: (text: string) => string,
  ): SimulatedTask {
    const { clock, options, behaviour, origin } = this.#state
    const taskId = randomId(this.#random)
    const createTime = clock.now()
    const isEarly = outcome.callback === 'early' && request.callBackUrl !== undefined
    const latency = isEarly ? 0 : this.#draw(outcome.latency ?? options.latency ?? [1000, 5000])
    const invisible = this.#draw(outcome.invisibleFor ?? [0, behaviour.invisibleFor])
    const endsAt = createTime + (outcome.state === 'stuck' ? Number.POSITIVE_INFINITY : latency)
    const resultUrls = Array.from(
      { length: countOf(inputOf(request)) },
      (_, index) => `${origin}/results/${taskId}/${index}.gif`,
    )
    return {
      taskId,
      model,
      request,
      createTime,
      visibleAt: createTime + invisible,
      endsAt,
      price,
      callback: outcome.callback ?? 'once',
      redact,
      rendering: undefined,
      end:
        outcome.state === 'fail'
          ? failedEnd(endsAt, outcome.failCode, outcome.failMsg)
          : { state: 'success', result: outcome.result ?? { resultUrls }, completeTime: endsAt },
    }
  }

  #draw(range: number | readonly [number, number]): number {
    return between(this.#random, typeof range === 'number' ? [range, range] : range)
  }

  async #render(render: Render, task: SimulatedTask): Promise<void> {
    const { clock, account, files, origin } = this.#state
    const { taskId, model } = task
    const read = (url: string): RenderedFile | undefined => this.#readUpload(url)
    try {
      const rendered = await clock.during(
        Promise.resolve(render({ taskId, model, input: inputOf(task.request), read })),
      )
      const completeTime = Math.max(task.endsAt, clock.now())
      const resultUrls = rendered.map((file, index) => {
        const path = `/results/${taskId}/${index}.${extensionOf(file.mimeType)}`
        files.put(path, { ...file, expiresAt: completeTime + RESULT_RETENTION_MS })
        return origin + path
      })
      task.end = { state: 'success', result: { resultUrls }, completeTime }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      task.end = failedEnd(Math.max(task.endsAt, clock.now()), '422', message)
      account.refund(task.price, task.end.completeTime)
    } finally {
      task.rendering = undefined
    }
  }

  #readUpload(url: string): RenderedFile | undefined {
    const { origin, files } = this.#state
    return URL.canParse(url) && new URL(url).origin === origin
      ? files.get(new URL(url).pathname)
      : undefined
  }

  /** Sends the callback. It never rejects: a failure is noted in the journal. */
  async #notify(task: SimulatedTask, signal: AbortSignal): Promise<void> {
    const { clock } = this.#state
    try {
      if (task.callback !== 'early') {
        await sleep(clock, task.endsAt - clock.now(), signal)
      }
      await task.rendering
      await this.#callbacks.send(task, signal)
    } catch (error) {
      if (!signal.aborted) {
        this.#callbacks.fail(task, error)
      }
    }
  }
}

/** A controller that also aborts when the simulator is stopped. */
function createPending(stopped: AbortSignal): AbortController {
  const pending = new AbortController()
  // Each pending callback listens. Node 20 warns of a leak above ten.
  setMaxListeners(0, pending.signal)
  const stop = (): void => pending.abort(stopped.reason)
  stopped.addEventListener('abort', stop, { once: true, signal: pending.signal })
  return pending
}

function inputOf({ input }: JsonObject): JsonObject {
  return isObject(input) ? { ...input } : {}
}

/** The number of files that an input requests, from 1 to 15. */
function countOf(input: JsonObject): number {
  const count = Number(input.num_images ?? 1)
  return Number.isInteger(count) && count >= 1 && count <= 15 ? count : 1
}

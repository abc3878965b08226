import { isObject, type JsonObject } from '../document.ts'
import type { Render, RenderedFile } from '../options.ts'
import { createRandom, randomId } from '../random.ts'
import type { Outcome } from '../scenario.ts'
import { extensionOf } from '../http/media.ts'
import { sleep } from '../waiting.ts'
import { Callbacks } from './callbacks.ts'
import { HISTORY_LIMIT, type JournalRequest } from './journal.ts'
import type { State } from './state.ts'
import { failedEnd, stateAt, type SimulatedTask } from './task.ts'

/** How long the files of a task stay available. */
const RESULT_RETENTION_MS = 24 * 60 * 60_000

/** Tasks from their acceptance to their end. */
export class Tasks {
  readonly #state: State
  readonly #callbacks: Callbacks
  readonly #random: () => number
  readonly #tasks = new Map<string, SimulatedTask>()
  /** Aborts the pending callbacks. */
  #pending = new AbortController()

  constructor(state: State) {
    this.#state = state
    this.#callbacks = new Callbacks(state)
    this.#random = createRandom(state.seed, 'tasks')
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
    this.add(task)
    entry.taskId = taskId
    journal.addTask({ at: clock.now(), taskId, model, idempotencyKey: entry.idempotencyKey })
    const isStuck = task.endsAt === Number.POSITIVE_INFINITY
    if (task.end.state === 'fail') {
      account.refund(price, task.end.completeTime)
    } else if (options.render && outcome.result === undefined && !isStuck) {
      task.rendering = this.#render(options.render, task)
    }
    if (request.callBackUrl !== undefined && !isStuck) {
      const signal = AbortSignal.any([this.#pending.signal, this.#state.stopped])
      const notified = this.#notify(task, signal)
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
  hasResult(url: string): boolean {
    const now = this.#state.clock.now()
    return [...this.#tasks.values()].some(
      (task) =>
        stateAt(task, now) === 'success' &&
        now < task.end.completeTime + RESULT_RETENTION_MS &&
        JSON.stringify(task.end).includes(JSON.stringify(url)),
    )
  }

  /** Deletes every task and cancels the pending callbacks. */
  clear(): void {
    this.#tasks.clear()
    this.#pending.abort()
    this.#pending = new AbortController()
  }

  add(task: SimulatedTask): void {
    this.#tasks.set(task.taskId, task)
    for (const oldest of this.#tasks.keys()) {
      if (this.#tasks.size <= HISTORY_LIMIT) {
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
    const { clock, options, behaviour } = this.#state
    const { invisibleFor = behaviour === 'reported' ? 1500 : 0 } = options
    const taskId = randomId(this.#random)
    const createTime = clock.now()
    const isEarly = outcome.callback === 'early' && request.callBackUrl !== undefined
    const latency = isEarly ? 0 : this.#draw(outcome.latency ?? options.latency ?? [1000, 5000])
    const invisible = this.#draw(outcome.invisibleFor ?? [0, invisibleFor])
    const endsAt = createTime + (outcome.state === 'stuck' ? Number.POSITIVE_INFINITY : latency)
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
          : {
              state: 'success',
              result: outcome.result ?? this.sample(model, request, taskId),
              completeTime: endsAt,
            },
    }
  }

  /** The result of a model by its kind: URLs of files, or a text. */
  sample(model: string, request: JsonObject, taskId: string): JsonObject {
    const { document, origin } = this.#state
    const output = document.outputs.get(model) ?? 'image'
    const input = inputOf(request)
    if (output === 'text' || output === 'object') {
      return { resultObject: { text: 'This text was simulated.' } }
    }
    const audio = /^(pcm|wav)/.test(String(input.output_format)) ? 'wav' : 'mp3'
    const extension = { video: 'mp4', audio }[output] ?? 'gif'
    const files = Array.from({ length: countOf(input) }, (_, index) => `${index}.${extension}`)
    return { resultUrls: files.map((name) => `${origin}/results/${taskId}/${name}`) }
  }

  #draw(range: number | readonly [number, number]): number {
    const [least, most] = typeof range === 'number' ? [range, range] : range
    return Math.round(least + this.#random() * (most - least))
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
      if (!rendered) {
        task.end = { ...task.end, completeTime }
        return
      }
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

  /** Sends the callback when the task has ended, unless the signal aborts first. */
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
        throw error
      }
    }
  }
}

function inputOf({ input }: JsonObject): JsonObject {
  return isObject(input) ? { ...input } : {}
}

/** The number of files that an input requests, from 1 to 15. */
function countOf(input: JsonObject): number {
  const count = Number(input.num_images ?? input.max_images ?? 1)
  return Number.isInteger(count) && count >= 1 && count <= 15 ? count : 1
}

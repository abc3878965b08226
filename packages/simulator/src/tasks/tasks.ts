import { setMaxListeners } from 'node:events'
import type { Behaviour } from '../behaviour.ts'
import { sleep, type Clock } from '../clock.ts'
import type { JsonObject } from '../document.ts'
import { endingOf } from '../files/media.ts'
import type { FileStore } from '../files/file-store.ts'
import type { JournalKeeper } from '../journal.ts'
import type { Ledger } from '../ledger.ts'
import { day } from '../options.ts'
import { between, randomId } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import type { Call } from '../service.ts'
import type { Rules } from '../strikes.ts'
import type { Callbacks } from './callbacks.ts'
import type { Outcome } from './outcome.ts'
import type { Render, RenderedFile } from './render.ts'
import { countOf, resultOf } from './result.ts'
import { stateAt, type SimulatedTask } from './task.ts'
import type { TaskStore } from './task-store.ts'

/** Tasks from their acceptance to their end. */
export interface Tasks {
  /** Accepts a task that has been paid for, and notes it. Settles once createTask may answer. */
  accept(
    request: JsonObject,
    price: number,
    call: Pick<Call, 'entry' | 'redact'>,
  ): Promise<SimulatedTask>
  /** A task that is there and visible. */
  find(taskId: string): SimulatedTask | undefined
  /**
   * The task of a result's address: nothing before it has succeeded, or after its files have
   * expired.
   */
  ofResult(url: URL): SimulatedTask | undefined
  /** A task that was never bought here, as tests want it; `urls` are its results elsewhere. */
  put(task: SimulatedTask, urls: readonly string[]): void
  /** Whether an address elsewhere is a result. */
  gave(url: string): boolean
  running(): number
  /** Forgets every task; callbacks that are still to come do not come. */
  clear(): void
}

interface Parts {
  readonly clock: Clock
  readonly during: <T>(work: Promise<T>) => Promise<T>
  readonly behaviour: Behaviour
  readonly scenario: Scenario
  readonly random: () => number
  readonly origin: string
  readonly files: FileStore
  readonly ledger: Ledger
  readonly outcomes: Rules<Outcome>
  readonly callbacks: Callbacks
  readonly journal: JournalKeeper
  readonly render: Render | undefined
  readonly readUpload: (url: string) => RenderedFile | undefined
  readonly store: TaskStore
  readonly stopped: AbortSignal
}

export function createTasks(parts: Parts): Tasks {
  const { clock, random, store, origin, behaviour } = parts
  const kept = parts.scenario.keep?.results ?? day
  const foreign = new Set<string>()
  let pending = pendingUntil(parts.stopped)

  async function accept(
    request: JsonObject,
    price: number,
    { entry, redact }: Pick<Call, 'entry' | 'redact'>,
  ): Promise<SimulatedTask> {
    const model = String(request.model)
    const outcome =
      parts.outcomes.take((rule) => rule.model === undefined || rule.model === model) ?? {}
    const task = { ...plan(model, request, price, outcome), redact }
    const { taskId } = task
    store.add(task)
    entry.taskId = taskId
    parts.journal.task({
      at: clock.now(),
      taskId,
      model,
      ...(entry.attemptId === undefined ? {} : { attemptId: entry.attemptId }),
    })
    if (task.end.state === 'fail') {
      parts.ledger.refund(price, task.end.completeTime)
    } else if (
      parts.render &&
      outcome.result === undefined &&
      task.endsAt !== Number.POSITIVE_INFINITY
    ) {
      task.rendering = render(parts.render, task)
    }
    if (request.callBackUrl !== undefined && task.endsAt !== Number.POSITIVE_INFINITY) {
      const announced = announce(task, pending.signal)
      if (task.callback === 'early') {
        await announced
      }
    }
    return task
  }

  /**
   * Never rejects: nobody waits for a callback, and its failure is something to be read in the
   * journal.
   */
  async function announce(task: SimulatedTask, signal: AbortSignal): Promise<void> {
    try {
      if (task.callback !== 'early') {
        await sleep(clock, task.endsAt - clock.now(), signal)
      }
      await task.rendering
      await parts.callbacks.send(task, signal)
    } catch (error) {
      if (!signal.aborted) {
        parts.callbacks.fail(task, error)
      }
    }
  }

  function plan(
    model: string,
    request: JsonObject,
    price: number,
    outcome: Outcome,
  ): Omit<SimulatedTask, 'redact'> {
    const taskId = randomId(random)
    const createTime = clock.now()
    const early = outcome.callback === 'early' && request.callBackUrl !== undefined
    const latency = early ? 0 : range(outcome.latency ?? parts.scenario.latency ?? [1000, 5000])
    const invisible = range(outcome.invisibleFor ?? [0, behaviour.invisibleFor])
    const endsAt = createTime + (outcome.state === 'stuck' ? Number.POSITIVE_INFINITY : latency)
    const input = inputOf(request)
    const urls = Array.from(
      { length: countOf(model, input) },
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
      rendering: undefined,
      end:
        outcome.state === 'fail'
          ? {
              state: 'fail',
              failCode: outcome.failCode ?? '500',
              failMsg: outcome.failMsg ?? 'Internal server error',
              completeTime: endsAt,
            }
          : {
              state: 'success',
              result: outcome.result ?? resultOf(taskId, model, input, urls),
              completeTime: endsAt,
            },
    }
  }

  async function render(make: Render, task: SimulatedTask): Promise<void> {
    const { taskId, model } = task
    const input = inputOf(task.request)
    try {
      const rendered = await parts.during(
        Promise.resolve(make({ taskId, model, input, read: parts.readUpload })),
      )
      const completeTime = Math.max(task.endsAt, clock.now())
      const urls = rendered.map((file, index) => {
        const path = `/results/${taskId}/${index}.${endingOf(file.mimeType)}`
        parts.files.put(path, { ...file, expiresAt: completeTime + kept })
        return origin + path
      })
      task.end = { state: 'success', result: resultOf(taskId, model, input, urls), completeTime }
    } catch (error) {
      const completeTime = Math.max(task.endsAt, clock.now())
      task.end = {
        state: 'fail',
        failCode: '422',
        failMsg: error instanceof Error ? error.message : String(error),
        completeTime,
      }
      parts.ledger.refund(task.price, completeTime)
    } finally {
      task.rendering = undefined
    }
  }

  function range(value: number | readonly [number, number]): number {
    return between(random, typeof value === 'number' ? [value, value] : value)
  }

  return {
    accept,
    find(taskId) {
      const task = store.get(taskId)
      return task && task.visibleAt <= clock.now() ? task : undefined
    },
    ofResult(url) {
      const [, taskId = ''] = /^\/results\/([^/]+)\/[^/]+$/.exec(url.pathname) ?? []
      const task = store.get(taskId)
      const now = clock.now()
      const there = task && stateAt(task, now) === 'success' && now < task.end.completeTime + kept
      return there && JSON.stringify(task.end).includes(`${origin}${url.pathname}"`)
        ? task
        : undefined
    },
    put(task, urls) {
      store.add(task)
      for (const url of urls) {
        foreign.add(url)
      }
    },
    gave: (url) => foreign.has(url),
    running: () => store.running(clock.now()),
    clear() {
      store.clear()
      foreign.clear()
      pending.abort(new Error('The simulator was reset'))
      pending = pendingUntil(parts.stopped)
    },
  }
}

/** Aborts at the latest when the simulator is stopped. */
function pendingUntil(stopped: AbortSignal): AbortController {
  const pending = new AbortController()
  // Each callback that is still to come listens; Node 20 would take ten for a leak.
  setMaxListeners(0, pending.signal)
  const stop = (): void => pending.abort(stopped.reason)
  stopped.addEventListener('abort', stop, { once: true, signal: pending.signal })
  return pending
}

function inputOf({ input }: JsonObject): JsonObject {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : {}
}

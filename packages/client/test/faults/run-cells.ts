import type { Clock, createApikley as CreateApikley } from '../../src/index.ts'
import type { Cell } from './cells.ts'
import { countTimers } from './count-timers.ts'

/** A cell to run, and the URL of its service or its proxy. */
export type Task = { readonly cell: Cell } & (
  | { readonly url: string }
  | { readonly proxyUrl: string }
)

/** How a cell ended for its caller. */
export interface Report {
  /** `value`, the kind of an ApikleyError, or the message of an unexpected error. */
  readonly ends: string
  readonly charge: string | undefined
  readonly taskId: string | undefined
  readonly idempotencyKey: string | undefined
  /** The id that `onCreated` received. */
  readonly created: string | undefined
  /** Timers that the client left at the end. */
  readonly timers: number
}

/** How much faster than real time the clock of a client runs. It shortens pauses before retries. */
const SPEED = 50

/** More cells at a time would reach their timeouts on a busy machine. */
const CONCURRENT_CELLS = 16

/** Runs in every runtime: it needs only the web platform and a client. */
export async function runCells(
  createApikley: typeof CreateApikley,
  tasks: readonly Task[],
): Promise<Report[]> {
  const reports: Report[] = []
  const left = [...tasks.entries()]
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      reports[next[0]] = await runCell(createApikley, next[1])
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_CELLS }, work))
  return reports
}

/**
 * How long an attempt may take, in ms of the fast clock. A hanging request takes that long. The
 * other requests end sooner, also on a busy machine.
 */
export function requestTimeoutFor({ timesOut = false }: Pick<Cell, 'timesOut'>): number {
  return timesOut ? 150_000 : 900_000
}

/** A clock that runs `SPEED` times as fast as real time. */
export function createFastClock(skew = 0, started: number = Date.now()): Clock {
  return {
    now: () => started + (Date.now() - started) * SPEED + skew,
    after(ms, callback) {
      const timer = setTimeout(callback, Math.min(ms / SPEED, 2 ** 31 - 1))
      return () => clearTimeout(timer)
    },
  }
}

async function runCell(
  createApikley: typeof CreateApikley,
  { cell, ...target }: Task,
): Promise<Report> {
  const clock = countTimers(createFastClock(cell.skew))
  const where = 'url' in target ? { apiKey: 'any-long-key-will-do', baseUrl: target.url } : target
  const requestTimeout = requestTimeoutFor(cell)
  const apikley = createApikley({ ...where, requestTimeout }, { clock })
  const file = new Blob(['bytes'], { type: 'image/png' })
  const image_url = cell.call === 'upload' ? file : 'https://files.example.com/a.png'
  const input = { image_url, image_size: 'square' } as const
  let created: string | undefined
  const onCreated = (taskId: string): void => {
    created = taskId
  }
  try {
    if (cell.reused) {
      await apikley.credits()
    }
    const { taskId } =
      cell.call === 'create'
        ? await apikley.tasks.create('ideogram/v3-reframe', input)
        : await apikley.run('ideogram/v3-reframe', input, { onCreated })
    const none = { charge: undefined, idempotencyKey: undefined }
    return { ...none, ends: 'value', taskId, created, timers: clock.pending }
  } catch (error) {
    const isKnown = error instanceof Error && error.name === 'ApikleyError'
    const known = isKnown ? JSON.parse(JSON.stringify(error)) : {}
    const { kind = String(error), charge, taskId, idempotencyKey } = known
    return { ends: kind, charge, taskId, idempotencyKey, created, timers: clock.pending }
  }
}

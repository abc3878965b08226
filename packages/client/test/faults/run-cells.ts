import type { Clock, createApikley as CreateApikley } from '../../src/index.ts'
import type { Cell } from './cells.ts'

/** What is to be done: a cell, and where the service is that spoils it. */
export type Task = Pick<Cell, 'name' | 'call' | 'reused' | 'skew'> &
  ({ readonly url: string } | { readonly proxyUrl: string })

/** What came of it, as the caller sees it. */
export interface Report {
  readonly name: string
  /**
   * `value`, the kind of an ApikleyError, or the words of anything else, which would be a mistake.
   */
  readonly ends: string
  readonly taskId: string | undefined
  readonly attemptId: string | undefined
  /** What `onCreated` was told. */
  readonly created: string | undefined
  /** Timers of the client that were still set at the end. */
  readonly timers: number
}

/**
 * So many times faster than real time a client lives, so that nobody waits for a pause before a
 * retry.
 */
const speed = 50

/**
 * So many cells at a time, so that a busy machine does not take for a hang what only waits for its
 * turn.
 */
const atOnce = 16

/**
 * Runs in every runtime: it takes nothing but the web platform and a client. Each cell has a
 * service of its own.
 */
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
  await Promise.all(Array.from({ length: atOnce }, work))
  return reports
}

/**
 * How long an attempt may take, in ms of the fast clock. What hangs costs this much; everything
 * else has long been answered, also on a busy machine.
 */
export const requestTimeoutFor = (name: string): number =>
  /hang|too late/.test(name) ? 100_000 : 900_000

/** A clock that runs `speed` times as fast, and the timers that are set on it. */
export function createFastClock(skew = 0): {
  readonly clock: Clock
  readonly timers: { readonly size: number }
} {
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const started = Date.now()
  return {
    timers,
    clock: {
      now: () => started + (Date.now() - started) * speed + skew,
      after(ms, callback) {
        const timer = setTimeout(
          () => {
            timers.delete(timer)
            callback()
          },
          Math.min(ms / speed, 2 ** 31 - 1),
        )
        timers.add(timer)
        return () => {
          clearTimeout(timer)
          timers.delete(timer)
        }
      },
    },
  }
}

async function runCell(
  createApikley: typeof CreateApikley,
  { name, call, reused, skew = 0, ...where }: Task,
): Promise<Report> {
  const { clock, timers } = createFastClock(skew)
  const requestTimeout = requestTimeoutFor(name)
  const apikley = createApikley(
    { ...('url' in where ? { apiKey: 'any-key', baseUrl: where.url } : where), requestTimeout },
    { clock },
  )
  const input = { image_url: 'https://files.example.com/a.png', image_size: 'square' } as const
  let created: string | undefined
  const onCreated = (taskId: string): void => void (created = taskId)
  const known = { name, attemptId: undefined, taskId: undefined }
  try {
    if (reused) {
      await apikley.credits()
    }
    const { taskId } =
      call === 'create'
        ? await apikley.tasks.create('ideogram/v3-reframe', input)
        : await apikley.run(
            'ideogram/v3-reframe',
            call === 'run' ? input : { ...input, image_url: new Blob(['bytes']) },
            { onCreated },
          )
    return { ...known, ends: 'value', taskId, created, timers: timers.size }
  } catch (error) {
    const isKnown = error instanceof Error && error.name === 'ApikleyError' && 'toJSON' in error
    if (!isKnown) {
      return { ...known, ends: String(error), created, timers: timers.size }
    }
    const { kind, taskId, attemptId }: { kind: string; taskId?: string; attemptId?: string } =
      JSON.parse(JSON.stringify(error))
    return { name, ends: kind, taskId, attemptId, created, timers: timers.size }
  }
}

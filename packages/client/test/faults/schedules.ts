import type { Fault, Outcome, Simulator } from '@apikley/simulator'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import {
  ApikleyError,
  createApikley,
  type ApikleyErrorKind,
  type ApikleyOptions,
  type Clock,
  type RunResult,
} from '../../src/index.ts'

const seed = 20_261_123
const input = { image_url: 'https://files.example.com/a.png', image_size: 'square' } as const

const operation = fc.constantFrom('create-task', 'get-task-details', 'upload-file-stream')
const code = fc.constantFrom(400, 401, 402, 404, 408, 422, 429, 433, 455, 500, 501, 505, 799)
const STATUSES = [
  301, 307, 400, 401, 403, 404, 408, 413, 422, 425, 429, 451, 455, 499, 500, 501, 502, 503, 504,
  505, 520,
]
const status = fc.constantFrom(...STATUSES)
const retryAfter = fc.option(
  fc.oneof(fc.integer({ min: 0, max: 90 }), fc.record({ date: fc.integer({ min: 0, max: 90 }) })),
  {
    nil: undefined,
  },
)

const effect = fc.oneof(
  fc.record({ fault: fc.constant('status' as const), status }),
  fc.record({
    fault: fc.constant('status' as const),
    status,
    body: fc.constantFrom('', '{}', '{"code":200}', '{"code":200,"data":{"taskId":""}}', 'null'),
  }),
  fc.record({ fault: fc.constant('code' as const), code }),
  fc.record({ fault: fc.constant('code' as const), code: fc.constantFrom(429, 455), retryAfter }),
  fc.record({ fault: fc.constant('delay' as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
  fc.constantFrom<
    { fault: 'hang' | 'reset' | 'refuse' | 'truncate' | 'break' | 'html' | 'empty' }[]
  >(
    { fault: 'hang' },
    { fault: 'reset' },
    { fault: 'refuse' },
    { fault: 'truncate' },
    { fault: 'break' },
    { fault: 'html' },
    { fault: 'empty' },
  ),
  fc.record({ fault: fc.constant('empty' as const), status: fc.constant(200) }),
  fc.record({
    fault: fc.constant('drip' as const),
    ms: fc.integer({ min: 1, max: 3000 }),
    bytes: fc.constant(8),
  }),
  fc.record({
    fault: fc.constant('content-type' as const),
    type: fc.constantFrom('text/html', 'application/octet-stream'),
  }),
)

/** A service that is busy has accepted nothing. Neither has one without a connection. */
const refuses = (what: object): boolean =>
  ('fault' in what && what.fault === 'refuse') ||
  Object.values(what).some((number) => number === 429 || number === 455)

const fault: fc.Arbitrary<Fault> = fc
  .record({
    operation,
    accepted: fc.boolean(),
    skip: fc.integer({ min: 0, max: 2 }),
    times: fc.constantFrom(1, 1, 2, 5, 'always' as const),
  })
  .chain((target) =>
    effect.map((what): Fault => {
      const { retryAfter: _, ...rest } = { retryAfter: undefined, ...what }
      const given =
        'retryAfter' in what && what.retryAfter !== undefined
          ? { ...rest, retryAfter: what.retryAfter }
          : rest
      return { ...target, ...given, accepted: target.accepted && !refuses(what) }
    }),
  )

const outcome: fc.Arbitrary<Outcome> = fc.record({
  state: fc.constantFrom('success', 'success', 'fail', 'stuck'),
  latency: fc.integer({ min: 0, max: 300_000 }),
  invisibleFor: fc.constantFrom(0, 1000, 30_000),
})

/** A schedule: the faults, how the task ends, and what the caller does. */
const schedules = fc.record({
  faults: fc.array(fault, { maxLength: 6 }),
  outcome,
  withFile: fc.boolean(),
  timeout: fc.constantFrom(1000, 60_000, 900_000),
  /** When the caller aborts, in ms. */
  abortAfter: fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined }),
})

/** A clock that counts the client's timers, apart from those of the service. */
function counting(clock: Clock): Clock & { readonly pending: number } {
  const pending = new Set<object>()
  return {
    now: () => clock.now(),
    after(ms, callback) {
      const timer = {}
      pending.add(timer)
      const cancel = clock.after(ms, () => {
        pending.delete(timer)
        callback()
      })
      return () => {
        pending.delete(timer)
        cancel()
      }
    },
    get pending() {
      return pending.size
    },
  }
}

/** How a run may end. `configuration` and `invalid-input` would be mistakes of this test. */
const names: ReadonlySet<string> = new Set<ApikleyErrorKind | 'value' | 'aborted'>([
  'value',
  'aborted',
  'unconfirmed',
  'timeout',
  'task-failed',
  'authentication',
  'insufficient-credits',
  'not-found',
  'rejected',
  'rate-limited',
  'key-limit',
  'maintenance',
  'feature-disabled',
  'server',
  'connection',
  'unexpected-response',
])

function nameOf(end: unknown, reason: Error): string {
  if (ApikleyError.is(end)) {
    return end.kind
  }
  if (end === reason) {
    return 'aborted'
  }
  return isResult(end) ? 'value' : String(end)
}

const isResult = (end: unknown): end is RunResult =>
  typeof end === 'object' && end !== null && 'urls' in end

/** The id in a proxy's handle, which is the id and a signature. */
const idOf = (taskId: string | undefined): string | undefined => taskId?.replace(/\..*$/, '')

export interface Setting {
  readonly clock: Clock & { settle<T>(promise: Promise<T>): Promise<T> }
  readonly simulator: Pick<Simulator<Clock>, 'control' | 'journal'>
  /** Connects a client for each schedule. `over` resolves when the way has no pending request. */
  readonly connect: () => {
    readonly options: ApikleyOptions
    readonly over: () => Promise<unknown>
  }
}

/**
 * Draws random schedules and checks each run: at most one task is charged, none is lost, and the run
 * ends in time with a value or a named error. Returns how often each end occurred.
 */
export async function checkSchedules(
  runs: number,
  { clock, simulator, connect }: Setting,
): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  process.on('unhandledRejection', note)
  await fc.assert(
    fc.asyncProperty(schedules, async ({ faults, outcome, withFile, timeout, abortAfter }) => {
      simulator.control.reset()
      simulator.control.addFaults(...faults)
      simulator.control.addOutcomes(outcome)
      const time = counting(clock)
      const unconfirmed: string[] = []
      const { options, over } = connect()
      const apikley = createApikley(
        {
          ...options,
          onEvent: (event) => event.type === 'unconfirmed' && unconfirmed.push(event.attemptId),
        },
        { clock: time },
      )
      const controller = new AbortController()
      const reason = new Error('enough')
      const cancel =
        abortAfter === undefined
          ? undefined
          : clock.after(abortAfter, () => controller.abort(reason))
      let created: string | undefined
      const started = clock.now()
      const file = new Blob(['bytes'], { type: 'image/png' })
      const run = apikley.run(
        'ideogram/v3-reframe',
        withFile ? { ...input, image_url: file } : input,
        {
          timeout,
          signal: controller.signal,
          onCreated(taskId) {
            created = taskId
          },
        },
      )
      const end: unknown = await clock.settle(
        run.then(
          (result) => result,
          (error: unknown) => error,
        ),
      )
      const ended = clock.now()
      cancel?.()
      await clock.settle(over())

      const [task] = simulator.journal.tasks
      const name = nameOf(end, reason)
      ends.set(name, (ends.get(name) ?? 0) + 1)
      // The caller has to be able to find a charged task by its id or by the id of its attempt.
      const ids = [created, ...(ApikleyError.is(end) || isResult(end) ? [end.taskId] : [])].map(
        idOf,
      )
      const attempts = [...unconfirmed, ...(ApikleyError.is(end) ? [end.attemptId] : [])]
      const found =
        task !== undefined && (ids.includes(task.taskId) || attempts.includes(task.attemptId))
      expect({
        bought: simulator.journal.bought,
        lost: task !== undefined && !found,
        invented: name === 'value' && !found,
        nameless: !names.has(name),
        late: ended - started > Math.min(timeout, abortAfter ?? timeout),
        timers: time.pending,
      }).toEqual({
        bought: task ? 1 : 0,
        lost: false,
        invented: false,
        nameless: false,
        late: false,
        timers: 0,
      })
    }),
    { seed, numRuns: runs, endOnFailure: false },
  )
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  return ends
}

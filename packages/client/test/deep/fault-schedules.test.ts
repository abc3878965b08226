import { createSimulator, type Fault, type Outcome } from '@apikley/simulator'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApikleyError, createApikley, type ApikleyErrorKind, type Clock, type RunResult } from '../../src/index.ts'
import { createTestClock } from '../clock.ts'

/** So many courses of events, each drawn from this seed; `FAULT_SCHEDULES` runs fewer or more. */
const runs = Number(process.env.FAULT_SCHEDULES ?? 10_000)
const seed = 20_261_123

const operation = fc.constantFrom('create-task', 'get-task-details', 'upload-file-stream')
const code = fc.constantFrom(400, 401, 402, 404, 408, 422, 429, 433, 455, 500, 501, 505, 799)
const status = fc.constantFrom(301, 307, 400, 401, 403, 404, 408, 413, 422, 425, 429, 451, 455, 499, 500, 501, 502, 503, 504, 505, 520)
const retryAfter = fc.option(fc.oneof(fc.integer({ min: 0, max: 90 }), fc.record({ date: fc.integer({ min: 0, max: 90 }) })), {
  nil: undefined,
})

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
  fc.constantFrom<{ fault: 'hang' | 'reset' | 'refuse' | 'truncate' | 'break' | 'html' | 'empty' }[]>(
    { fault: 'hang' },
    { fault: 'reset' },
    { fault: 'refuse' },
    { fault: 'truncate' },
    { fault: 'break' },
    { fault: 'html' },
    { fault: 'empty' },
  ),
  fc.record({ fault: fc.constant('empty' as const), status: fc.constant(200) }),
  fc.record({ fault: fc.constant('drip' as const), ms: fc.integer({ min: 1, max: 3000 }), bytes: fc.constant(8) }),
  fc.record({ fault: fc.constant('content-type' as const), type: fc.constantFrom('text/html', 'application/octet-stream') }),
)

/** A service that says "not now" has taken nothing; nor has one that no connection was opened to. */
const refuses = (what: object): boolean =>
  ('fault' in what && what.fault === 'refuse') || Object.values(what).some((number) => number === 429 || number === 455)

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
      const given = 'retryAfter' in what && what.retryAfter !== undefined ? { ...rest, retryAfter: what.retryAfter } : rest
      return { ...target, ...given, accepted: target.accepted && !refuses(what) }
    }),
  )

const outcome: fc.Arbitrary<Outcome> = fc.record({
  state: fc.constantFrom('success', 'success', 'fail', 'stuck'),
  latency: fc.integer({ min: 0, max: 300_000 }),
  invisibleFor: fc.constantFrom(0, 1000, 30_000),
})

const schedule = fc.record({
  faults: fc.array(fault, { maxLength: 6 }),
  outcome,
  withFile: fc.boolean(),
  timeout: fc.constantFrom(1000, 60_000, 900_000),
  /** When the caller gives up, in ms. */
  abortAfter: fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined }),
})

/** A clock whose timers are counted, apart from those of the service. */
function counting(clock: Clock): Clock & { readonly set: number } {
  let set = 0
  return {
    now: () => clock.now(),
    after(ms, callback) {
      let on = true
      set++
      const end = (): boolean => {
        const was = on
        if (on) set--
        on = false
        return was
      }
      const cancel = clock.after(ms, () => end() && callback())
      return () => void (end() && cancel())
    },
    get set() {
      return set
    },
  }
}

const isResult = (end: unknown): end is RunResult => typeof end === 'object' && end !== null && 'urls' in end

/** How a run may end. `timeout`, `unconfirmed` and so on are kinds of errors; `configuration` and `invalid-input` would be mistakes of this test. */
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

const clock = createTestClock()
const simulator = createSimulator({ clock, price: 0, check: true })
const input = { image_url: 'https://files.example.com/a.png', image_size: 'square' } as const

test(`${runs} courses of events: at most one task is bought, it is never lost, and the end is a value or a named error, in time`, async () => {
  const ends = new Map<string, number>()
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  await fc.assert(
    fc.asyncProperty(schedule, async ({ faults, outcome, withFile, timeout, abortAfter }) => {
      simulator.control.reset()
      simulator.control.addFaults(...faults)
      simulator.control.addOutcomes(outcome)
      const time = counting(clock)
      const unconfirmed: string[] = []
      const apikley = createApikley(
        {
          apiKey: 'any-key',
          fetch: simulator.fetch,
          onEvent: (event) => event.type === 'unconfirmed' && unconfirmed.push(event.attemptId),
        },
        { clock: time },
      )
      const controller = new AbortController()
      const reason = new Error('enough')
      const cancel = abortAfter === undefined ? undefined : clock.after(abortAfter, () => controller.abort(reason))
      let created: string | undefined
      const started = clock.now()
      const run = apikley.run('ideogram/v3-reframe', withFile ? { ...input, image_url: new Blob(['bytes']) } : input, {
        timeout,
        signal: controller.signal,
        onCreated: (taskId) => void (created = taskId),
      })
      const end: unknown = await clock.settle(
        run.then(
          (result) => result,
          (error: unknown) => error,
        ),
      )
      cancel?.()

      const [task] = simulator.journal.tasks
      const name = ApikleyError.is(end) ? end.kind : end === reason ? 'aborted' : isResult(end) ? 'value' : String(end)
      ends.set(name, (ends.get(name) ?? 0) + 1)
      // A task that was bought has to be found again: in the result or the error, in what onCreated was told, or by the name of the attempt.
      const ids = [created, ...(ApikleyError.is(end) || isResult(end) ? [end.taskId] : [])]
      const attempts = [...unconfirmed, ...(ApikleyError.is(end) ? [end.attemptId] : [])]
      const found = task !== undefined && (ids.includes(task.taskId) || attempts.includes(task.attemptId))
      expect({
        bought: simulator.journal.bought,
        lost: task !== undefined && !found,
        invented: name === 'value' && !found,
        nameless: !names.has(name),
        // Nothing waits on when the time of the call is up, or the caller has given up.
        late: clock.now() - started > Math.min(timeout, abortAfter ?? timeout),
        timers: time.set,
      }).toEqual({ bought: task ? 1 : 0, lost: false, invented: false, nameless: false, late: false, timers: 0 })
    }),
    { seed, numRuns: runs, endOnFailure: false },
  )
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  console.log(Object.fromEntries(ends))
})

import type { Fault, Outcome, Simulator } from '@apikley/simulator'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { ApikleyError, createApikley, type ApikleyEvent } from '../../src/index.ts'
import type { ApikleyOptions, Clock, RunResult } from '../../src/index.ts'
import { MODEL } from '../replies.ts'
import { input, withFile } from '../service.ts'
import { countTimers } from './count-timers.ts'
import { isFound } from './matrix.ts'

const SEED = 20_261_123

const operation = fc.constantFrom('create-task', 'get-task-details', 'upload-file-stream')
const code = fc.constantFrom(400, 401, 402, 404, 408, 422, 429, 433, 455, 500, 501, 505, 799)
const CLIENT_STATUSES = [301, 307, 400, 401, 403, 404, 408, 413, 422, 425, 429, 451, 455, 499]
const status = fc.constantFrom(...CLIENT_STATUSES, 500, 501, 502, 503, 504, 505, 520)
const delay = fc.integer({ min: 0, max: 90 })
const retryAfter = fc.option(fc.oneof(delay, fc.record({ date: delay })), { nil: undefined })
const BODIES = ['', '{}', '{"code":200}', '{"code":200,"data":{"taskId":""}}', 'null']
const TYPES = ['text/html', 'application/octet-stream']

/** A fault of one kind, with drawn values. */
function faultOf<Name extends string, Values extends object>(
  name: Name,
  values: { [Field in keyof Values]: fc.Arbitrary<Values[Field]> },
): fc.Arbitrary<{ fault: Name } & Values> {
  return fc.record(values).map((drawn) => ({ fault: name, ...drawn }))
}

const effect = fc.oneof(
  faultOf('status', { status }),
  faultOf('status', { status, body: fc.constantFrom(...BODIES) }),
  faultOf('code', { code }),
  faultOf('code', { code: fc.constantFrom(429, 455), retryAfter }),
  faultOf('delay', { ms: fc.integer({ min: 0, max: 70_000 }) }),
  fc
    .constantFrom('hang', 'reset', 'refuse', 'truncate', 'break', 'html', 'empty')
    .map((fault) => ({ fault })),
  faultOf('empty', { status: fc.constant(200) }),
  faultOf('drip', { ms: fc.integer({ min: 1, max: 3000 }), bytes: fc.constant(8) }),
  faultOf('content-type', { type: fc.constantFrom(...TYPES) }),
)

/** A busy service accepts nothing. Without a connection, neither does any other. */
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
      const { retryAfter: pause, ...rest } = { retryAfter: undefined, ...what }
      const accepted = target.accepted && !refuses(what)
      return { ...target, ...rest, ...(pause === undefined ? {} : { retryAfter: pause }), accepted }
    }),
  )

function refusesAndAccepts(fault: Fault): boolean {
  return fault.accepted === true && ('code' in fault || 'status' in fault)
}

const outcome: fc.Arbitrary<Outcome> = fc.record({
  state: fc.constantFrom('success', 'success', 'fail', 'stuck'),
  latency: fc.integer({ min: 0, max: 300_000 }),
  invisibleFor: fc.constantFrom(0, 1000, 30_000),
})

/** A schedule: the faults, how the task ends, and what the caller does. */
const schedules = fc.record({
  faults: fc.array(fault, { maxLength: 6 }),
  outcome,
  hasFile: fc.boolean(),
  timeout: fc.constantFrom(1000, 60_000, 900_000),
  /** When the caller aborts, in ms. */
  abortAfter: fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined }),
})

interface End {
  /** `value`, or the kind of the error. */
  readonly kind: string
  readonly taskId?: string | undefined
  readonly idempotencyKey?: string | undefined
  readonly charge?: string
}

function endOf(run: Promise<RunResult>): Promise<End> {
  return run.then(
    ({ taskId }) => ({ kind: 'value', taskId }),
    (error: unknown) => (ApikleyError.is(error) ? error : { kind: `no result: ${String(error)}` }),
  )
}

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
    fc.asyncProperty(schedules, async ({ faults, outcome, hasFile, timeout, abortAfter }) => {
      simulator.control.reset()
      simulator.control.addFaults(...faults)
      simulator.control.addOutcomes(outcome)
      // The service has timers of its own.
      const time = countTimers(clock)
      const keys: (string | undefined)[] = []
      const { options, over } = connect()
      const onEvent = (event: ApikleyEvent): unknown =>
        event.type === 'unconfirmed' && keys.push(event.idempotencyKey)
      const apikley = createApikley({ ...options, onEvent }, { clock: time })
      const controller = new AbortController()
      const abort = (): void => controller.abort(new Error('enough'))
      const cancel = abortAfter === undefined ? undefined : clock.after(abortAfter, abort)
      let created: string | undefined
      const onCreated = (taskId: string): void => {
        created = taskId
      }
      const started = clock.now()
      const { signal } = controller
      const given = hasFile ? withFile : input
      const run = apikley.run(MODEL, given, { timeout, signal, onCreated })
      const { kind, taskId, idempotencyKey, charge } = await clock.settle(endOf(run))
      const ended = clock.now()
      cancel?.()
      await clock.settle(over())

      const { tasks } = simulator.journal
      ends.set(kind, (ends.get(kind) ?? 0) + 1)
      keys.push(idempotencyKey)
      // The caller can find a charged task by its id or by its idempotency key.
      const found = tasks.filter((task) => isFound(task, [created, taskId], keys))
      expect(tasks.length).toBeLessThanOrEqual(1)
      expect(found).toEqual(tasks)
      expect([kind, kind === 'value' && found.length === 0]).toEqual([kind, false])
      // These would be mistakes of this test.
      expect(kind).not.toMatch(/^(no result|configuration|invalid-input)/)
      // No error denies a charge, unless the service refuses and charges the same create.
      const isDenied = charge === 'none' && tasks.length > 0 && !faults.some(refusesAndAccepts)
      expect([kind, isDenied]).toEqual([kind, false])
      expect([kind, charge === 'charged' && tasks.length === 0]).toEqual([kind, false])
      expect(ended - started).toBeLessThanOrEqual(Math.min(timeout, abortAfter ?? timeout))
      expect(time.pending).toBe(0)
    }),
    { seed: SEED, numRuns: runs, endOnFailure: false },
  )
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  return ends
}

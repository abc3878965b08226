import { createApikley, memoryStore, type Store } from '@apikley/client'
import type { Fault } from '@apikley/simulator'
import { expect, test, vi } from 'vitest'
import type { WebhookOptions } from '../src/index.ts'
import { callbackUrl, webhookService, type WebhookService } from './webhook-service.ts'
import { input } from 'test-kit/world'
import { methodsOf, model, onRead } from './requests.ts'

/** A service with a finished task, `task_1`. */
function finished(...options: Parameters<typeof webhookService>): WebhookService {
  const service = webhookService(...options)
  service.simulator.control.addTask({ taskId: 'task_1' })
  return service
}

/** A fault of every read. */
const failedRead = (code: number): Fault =>
  onRead({ fault: 'code', code, msg: 'No picture', times: 'always' })

const statusesOf = ({ simulator }: WebhookService): readonly unknown[] =>
  simulator.journal.callbacks.map(({ status }) => status)

test('Duplicate callbacks call it once per task, with the idempotency key.', async () => {
  const outcomes = [{ times: 'always', callback: 'twice' } as const]
  const service = webhookService({ signedWith: 'hook', secret: 'hook' }, outcomes)
  const { apikley, clock, calls } = service
  const url = `${callbackUrl}?next=/home?a=b`
  const runs = Array.from({ length: 5 }, async () => {
    const idempotencyKey = await apikley.tasks.createKey()
    const { taskId } = await apikley.run(model, input, { callbackUrl: url, idempotencyKey })
    return `${taskId} ${idempotencyKey}`
  })
  const expected = await clock.settle(Promise.all(runs))
  await clock.advance(60_000)
  const received = calls.map(({ task, info }) => `${task.taskId} ${info.idempotencyKey}`)
  expect(received.sort()).toEqual(expected.sort())
})

test.each<[string, Fault | undefined, object]>([
  ['with a record', undefined, { failMsg: 'No picture' }],
  ['by code 501, which has no record', failedRead(501), { failCode: '501', urls: [] }],
  ['by code 408, which has no record', failedRead(408), { failCode: '408', urls: [] }],
])('onTask gets a failure %s.', async (_, fault, details) => {
  const service = webhookService({}, [{ state: 'fail', failMsg: 'No picture' }])
  const { apikley, clock, simulator, calls, errors } = service
  simulator.control.addFaults(...(fault ? [fault] : []))
  const running = apikley.run(model, input, { callbackUrl })
  await expect(clock.settle(running)).rejects.toMatchObject({ kind: 'task-failed' })
  await clock.advance(60_000)
  const { taskId } = simulator.journal.tasks[0] ?? {}
  const task = { taskId, state: 'fail', failMsg: 'No picture', ...details }
  expect(calls).toMatchObject([{ task }])
  expect([statusesOf(service), errors]).toEqual([[200], []])
})

test('A task that reads as failed without a record may succeed later.', async () => {
  const { simulator, send, calls } = finished()
  simulator.control.addFaults({ fault: 'code', code: 408, operation: 'get-task-details' })
  expect([await send(), await send(), await send()]).toEqual([200, 200, 200])
  expect(calls.map(({ task }) => task.state)).toEqual(['fail', 'success'])
})

test('A callback resolves a pending wait at once, before a slow onTask ends.', async () => {
  const onTask = () => new Promise((resolve) => clock.after(8000, () => resolve(0)))
  const { clock, simulator, post, apikley } = webhookService({ onTask })
  simulator.control.addTask({ taskId: 'task_1', state: 'stuck' })
  const failure = apikley.tasks.wait('task_1', { timeout: 3_600_000 }).catch(String)
  await clock.advance(130_000)
  simulator.control.addFaults({ fault: 'code', code: 501, operation: 'get-task-details' })
  const posted = post()
  const before = clock.now()
  expect(await clock.settle(failure)).toContain('501')
  expect(clock.now()).toBe(before)
  expect(await clock.settle(posted)).toBe(200)
})

test('A callback settles an unconfirmed create by its idempotency key.', async () => {
  const { apikley, clock, simulator, calls } = webhookService()
  simulator.control.addFaults({ fault: 'reset', operation: 'create-task', accepted: true })
  const idempotencyKey = await apikley.tasks.createKey()
  const running = apikley.run(model, input, { callbackUrl, idempotencyKey })
  await expect(clock.settle(running)).rejects.toMatchObject({
    kind: 'unconfirmed',
    idempotencyKey,
  })
  await clock.advance(60_000)
  expect(calls).toMatchObject([{ task: { state: 'success' }, info: { idempotencyKey } }])
  const taskId = calls[0]?.task.taskId
  const recovered = await clock.settle(apikley.tasks.recover(idempotencyKey))
  expect(recovered).toEqual({ status: 'created', taskId })
  const repeated = apikley.tasks.create(model, input, { callbackUrl, idempotencyKey })
  expect(await clock.settle(repeated)).toMatchObject({ taskId })
  expect(simulator.journal.charged).toBe(1)
})

test.each<[string, Partial<WebhookOptions>]>([
  ['without waitUntil', {}],
  ['with waitUntil', { waitUntil: () => {} }],
])(
  'Concurrent callbacks share a call that fails, and the next calls it again, %s.',
  async (...row) => {
    const [, options] = row
    const error = new Error('The database is away')
    const onTask = vi.fn<() => Promise<void>>().mockRejectedValueOnce(error)
    const { clock, post, errors, send } = finished({ onTask, ...options })
    const statuses = await clock.settle(Promise.all([post(), post(), post()]))
    expect(statuses).toEqual([500, 500, 500])
    expect(errors).toEqual([error])
    expect([await send(), await send()]).toEqual([200, 200])
    expect(onTask).toHaveBeenCalledTimes(2)
  },
)

test('A call is repeated after 16 min, and its late failure has no effect.', async () => {
  const rejects: (() => void)[] = []
  const onTask = () => new Promise((_, reject) => rejects.push(() => reject(new Error('late'))))
  const { clock, post, send, calls } = finished({ onTask })
  const repeat = async (): Promise<number> => {
    void post()
    await clock.advance(1000)
    return calls.length
  }
  void post()
  for (let minutes = 0; minutes < 15; minutes++) {
    expect(await send()).toBe(503)
    await clock.advance(60_000)
  }
  expect(calls).toHaveLength(1)
  await clock.advance(60_000)
  expect(await repeat()).toBe(2)
  rejects[0]?.()
  await clock.advance(1000)
  expect(await repeat()).toBe(2)
})

test('A task that is running or not visible yet gets 503.', async () => {
  const service = webhookService({}, [{ callback: 'early', invisibleFor: 1500 }])
  const { apikley, clock, calls } = service
  const { taskId } = await clock.settle(apikley.tasks.create(model, input, { callbackUrl }))
  expect(statusesOf(service)).toEqual([503])
  await clock.advance(60_000)
  expect(statusesOf(service)).toEqual([503, 200])
  expect(calls).toMatchObject([{ task: { taskId } }])
})

test('A task that cannot be read gets 500, and the reason is reported.', async () => {
  const { send, simulator, calls, errors } = finished()
  simulator.control.addFaults({ fault: 'code', code: 401, operation: 'get-task-details' })
  expect(await send()).toBe(500)
  expect(errors).toMatchObject([{ kind: 'authentication' }])
  expect(await send()).toBe(200)
  expect(calls).toHaveLength(1)
})

test('A 404 by an intermediary gets 500 and is reported.', async () => {
  const fetch = async (): Promise<Response> => new Response('<html>', { status: 404 })
  const apikley = createApikley({ apiKey: 'any-long-key-will-do', fetch, maxRetries: 0 })
  const { send, errors } = webhookService({ apikley })
  expect(await send()).toBe(500)
  expect(errors).toMatchObject([{ kind: 'not-found' }])
})

/** A store that never answers when a value is deleted. */
function storeThatNeverReleases(): Store {
  const memory = memoryStore()
  return {
    ...methodsOf(memory),
    swap: (...given) => (given[2] === undefined ? new Promise(() => {}) : memory.swap(...given)),
  }
}

/** An `onTask` or a `waitUntil` that takes 20 s. */
const slow = (service: () => WebhookService, error?: Error) => () =>
  new Promise<void>((resolve, reject) => {
    service().clock.after(20_000, () => (error ? reject(error) : resolve()))
  })
const never = () => new Promise<never>(() => {})
const rejects = () => Promise.reject(new Error('Away'))

test('Without waitUntil a slow onTask gets 503 after 9 s, and the retry joins the call.', async () => {
  const service = finished({ onTask: slow(() => service) })
  const { clock, calls, send } = service
  const started = clock.now()
  expect(await send()).toBe(503)
  expect(clock.now() - started).toBe(9000)
  await clock.advance(5000)
  expect(await send()).toBe(200)
  expect(clock.now() - started).toBe(20_000)
  expect(calls).toHaveLength(1)
})

test("With a Worker's context a slow onTask gets 200 and is completed.", async () => {
  const work: Promise<unknown>[] = []
  const context = {
    // A Worker's waitUntil must be called as a method.
    waitUntil(this: unknown, promise: Promise<unknown>) {
      expect(this).toBe(context)
      work.push(promise)
    },
  }
  const service = finished({ onTask: slow(() => service) }, [], context)
  const { clock, send } = service
  const started = clock.now()
  expect(await send()).toBe(200)
  expect(clock.now() - started).toBe(9000)
  await clock.settle(Promise.all(work))
  expect(clock.now() - started).toBe(20_000)
})

test('With waitUntil an onTask that fails after the response is reported and called again.', async () => {
  const work: Promise<unknown>[] = []
  const error = new Error('No room')
  const service = finished({
    waitUntil: (promise) => work.push(promise),
    onTask: slow(() => service, error),
  })
  expect(await service.send()).toBe(200)
  await service.clock.settle(Promise.all(work))
  expect(service.errors).toEqual([error])
  await service.send()
  expect(service.calls).toHaveLength(2)
})

test('A waitUntil that throws is reported and changes no response.', async () => {
  const waitUntil = () => {
    throw new TypeError('Illegal invocation')
  }
  const { send, errors, calls } = finished({ waitUntil })
  expect(await send()).toBe(200)
  expect(errors).toMatchObject([{ message: 'Illegal invocation' }])
  expect(calls).toHaveLength(1)
})

test.each<[string, Partial<WebhookOptions>]>([
  ['without waitUntil', {}],
  ['with waitUntil, because onTask was not called', { waitUntil: () => {} }],
])('A slow read gets 503 %s.', async (_, options) => {
  const { simulator, send, calls } = finished(options)
  simulator.control.addFaults({ fault: 'delay', ms: 12_000, operation: 'get-task-details' })
  expect([await send(), await send()]).toEqual([503, 200])
  expect(calls).toHaveLength(1)
})

test.each<[string, Partial<WebhookOptions>]>([
  ['onError never settles', { onError: never }],
  ['onError never settles with waitUntil', { onError: never, waitUntil: () => {} }],
  [
    'the release of the claim never settles',
    { store: storeThatNeverReleases(), waitUntil: () => {} },
  ],
])('An onTask that has failed gets 503 when %s.', async (_, options) => {
  expect(await finished({ onTask: rejects, ...options }).send()).toBe(503)
})

test('With callbacks 20 tasks take two requests each: the create and one read.', async () => {
  // A task that is still unknown when its callback arrives takes another request.
  const service = webhookService({ signedWith: 'hook', secret: 'hook' }, [
    { times: 'always', invisibleFor: 0 },
  ])
  const { apikley, clock, simulator, calls } = service
  const delays: number[] = []
  const tasks = Array.from({ length: 20 }, async () => {
    const { task } = await apikley.run(model, input, { callbackUrl })
    delays.push(clock.now() - (task.completeTime ?? Number.NaN))
  })
  await clock.settle(Promise.all(tasks))
  await clock.advance(60_000)
  expect(simulator.journal.tasks).toHaveLength(20)
  expect(calls).toHaveLength(20)
  expect(simulator.journal.received).toBe(40)
  expect(Math.max(...delays)).toBeLessThanOrEqual(50)
})

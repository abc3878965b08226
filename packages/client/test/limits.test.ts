import { expect, test } from 'vitest'
import { memoryStore, type Clock, type Store } from '../src/index.ts'
import { LimitQueue, type Turn } from '../src/http/rate-limit.ts'
import { createTestClock, idle, type TestClock } from 'test-kit/clock'
import { mostWithin } from 'test-kit/numbers'
import { bind } from './keyed-creates.ts'
import { MODEL, busy, created, envelope, text, type Reply } from './replies.ts'
import { calls, errorOf, eventsOf, input, mistake, service, type Service } from './service.ts'

/** When each of `count` turns is granted, in ms from now. */
function turnTimes(limiter: LimitQueue, clock: TestClock, count: number): Promise<number[]> {
  const started = clock.now()
  const turns = Array.from({ length: count }, async () => {
    await limiter.acquire()
    return clock.now() - started
  })
  return clock.settle(Promise.all(turns))
}

test('a client creates at most 20 tasks in 10 s', async () => {
  const { apikley, clock } = service([created])
  const times: number[] = []
  const creates = Array.from({ length: 65 }, async () => {
    await apikley.tasks.create(MODEL, input)
    times.push(clock.now())
  })
  await clock.settle(Promise.all(creates))
  expect(mostWithin(times, 10_000)).toBe(20)
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(31_500)
})

test('requests behind an aborted one move up, and each waits for the reported time', async () => {
  const { apikley, clock, events } = service([created], {
    limits: { creates: { limit: 1, interval: 1000 } },
  })
  const started = clock.now()
  const controller = new AbortController()
  const create = async (signal?: AbortSignal): Promise<number> => {
    await apikley.tasks.create(MODEL, input, { signal })
    return clock.now() - started
  }
  const first = create()
  const aborted = create(controller.signal).catch(() => -1)
  const calls = [first, aborted, create(), create()]
  await idle()
  controller.abort()
  expect(await Promise.race([aborted, idle()])).toBe(-1)
  expect(await clock.settle(Promise.all(calls))).toEqual([0, -1, 1050, 2100])
  expect(eventsOf(events, 'throttle').map(({ delay }) => delay)).toEqual([1050, 1050, 1050])
  expect(clock.pending).toBe(0)
})

type Rate = ConstructorParameters<typeof LimitQueue>[3]

/** A queue with no jitter but `seed`. Queues with one store share their limit. */
function queueOf(clock: Clock, rate: Rate, seed = 0, store = memoryStore({ clock })): LimitQueue {
  return new LimitQueue(store, { clock, random: () => seed }, 'x', rate)
}

const two = { limit: 2, interval: 1000 }

test('several queues of one store keep one limit', async () => {
  const clock = createTestClock()
  const store = memoryStore({ clock })
  const queues = [0.1, 0.2, 0.3].map((seed) => queueOf(clock, two, seed, store))
  const times = await Promise.all(queues.map((each) => turnTimes(each, clock, 10)))
  const all = times.flat().sort((a, b) => a - b)
  expect(mostWithin(all, 1000)).toBe(2)
  expect(all.at(-1)).toBe(14 * 1050)
})

test('a turn counts from its reservation, also when a sleeping machine takes it late', async () => {
  const clock = createTestClock()
  const times = turnTimes(queueOf(clock, two), clock, 4)
  await idle()
  clock.set(clock.now() + 5000)
  expect(await times).toEqual([0, 0, 6050, 6050])
})

test('a clock that is set back delays no turn for longer than the interval', async () => {
  const clock = createTestClock()
  const queue = queueOf(clock, two)
  await turnTimes(queue, clock, 2)
  clock.set(clock.now() - 3_600_000)
  expect(await turnTimes(queue, clock, 2)).toEqual([1050, 1050])
})

test.each<[string, Store['reserve']]>([
  ['rejects', async () => mistake()],
  ['throws', mistake],
  ['does not answer', () => new Promise(() => {})],
])('a store that %s prevents a create and a read, and nothing is sent', async (_, reserve) => {
  const store = { ...bind(memoryStore()), reserve }
  const { create, apikley, clock, sent } = service([created], { store, maxRetries: 0 })
  const expected = (charge: string, end: string): object => ({
    kind: 'connection',
    charge,
    message: expect.stringMatching(new RegExp(`^The store failed \\(reserve: .+\\)\\. ${end}$`)),
  })
  expect(await errorOf(create())).toMatchObject(expected('none', 'Nothing was sent.'))
  const get = clock.settle(apikley.tasks.get('task_1'))
  expect(await errorOf(get)).toMatchObject(expected('charged', 'The task is charged.'))
  expect(sent).toEqual([])
  expect(clock.pending).toBe(0)
})

/** Reads of a service, which counts their requests. Its reply may change. */
function changing(reply: Reply): Service & {
  reply: Reply
  readonly read: (times: number) => Promise<number>
} {
  const all = service([(request) => changing.reply(request)])
  const read = async (times: number): Promise<number> => {
    const before = all.sent.length
    for (let count = 0; count < times; count++) {
      await all.clock.settle(all.apikley.credits().catch(() => {}))
    }
    return all.sent.length - before
  }
  const changing = { ...all, reply, read }
  return changing
}

const down = text('', 502)
const balance = envelope(200, 5)

test('many failing reads use up the budget for retries', async () => {
  const all = changing(down)
  // 200 reads and 100 retries. Without a budget it is 1,000.
  expect(await all.read(200)).toBe(300)
  all.reply = balance
  await all.read(11)
  all.reply = down
  // Eleven successes give back two retries.
  expect(await all.read(3)).toBe(5)
})

test('all calls share the budget for retries: after an outage of reads, each call is sent once', async () => {
  const { apikley, clock, sent, read } = changing(busy())
  expect(await read(25)).toBe(125)
  for (const name of ['create', 'get', 'upload', 'uploadFromUrl', 'save', 'downloadUrl']) {
    const before = sent.length
    await clock.settle(Promise.resolve(calls[name]?.(apikley)).catch(() => {}))
    // A download also asks for a link.
    expect([name, sent.length - before]).toEqual([name, name === 'save' ? 2 : 1])
  }
})

test.each<[string, readonly Reply[]]>([
  ['refusals', [envelope(401)]],
  ['retries that succeed', [down, balance]],
])('%s leave the budget for retries full', async (_, replies) => {
  const all = changing((request) => (replies[all.sent.length % replies.length] ?? down)(request))
  await all.read(200)
  all.reply = down
  expect(await all.read(1)).toBe(5)
})

/** Requests of some users at once, and later one of `honest`. Returns how long that one waits. */
async function delayOfHonest(
  greedy: readonly Turn[],
  rate: Rate,
  honest: Turn = { user: 'honest' },
): Promise<number> {
  const clock = createTestClock()
  const times: number[] = []
  const queue = queueOf(clock, rate)
  const acquire = async (turn: Turn): Promise<void> => {
    await queue.acquire(undefined, undefined, turn)
    times.push(clock.now())
  }
  const all = greedy.map(acquire)
  await clock.pass(rate.interval / 2)
  const started = clock.now()
  const single = acquire(honest).then(() => clock.now() - started)
  const [delay] = await clock.settle(Promise.all([single, ...all]))
  expect(mostWithin(times, rate.interval)).toBeLessThanOrEqual(rate.limit)
  return delay
}

const reads = { limit: 10, interval: 1000 }
const creates = { limit: 20, interval: 10_000 }
const users = (count: number, each: number): Turn[] =>
  Array.from({ length: count * each }, (_, index) => ({ user: `user ${index % count}` }))
const low = Array.from({ length: 100 }, (): Turn => ({ priority: 'low' }))

test.each([
  ['eight users who read 80 times', users(8, 10), reads, 550],
  ['one user who reads 100 times', users(1, 100), reads, 550],
  ['three users who create 60 tasks', users(3, 20), creates, 0],
  ['calls for nobody', users(1, 30).map(() => ({})), reads, 550],
  ['100 calls of low priority', low, reads, 550],
] as const)('a request waits for %s at most one interval', async (_, greedy, rate, expected) => {
  expect(await delayOfHonest(greedy, rate)).toBeLessThanOrEqual(expected)
})

test('the first of two calls of a new user waits no longer than any other call', async () => {
  const clock = createTestClock()
  const queue = queueOf(clock, reads)
  const waitOf = async (user: string): Promise<number> => {
    const started = clock.now()
    await queue.acquire(undefined, undefined, { user })
    return clock.now() - started
  }
  // More users than the limit allows.
  const others: Promise<number>[] = []
  const arrive = (): void => {
    others.push(waitOf(`user ${others.length}`))
    if (others.length < 200) {
      clock.after(80, arrive)
    }
  }
  arrive()
  await clock.pass(10_000)
  const [first] = [waitOf('new'), waitOf('new')]
  await clock.pass(20_000)
  expect(await first).toBeLessThanOrEqual(Math.max(...(await Promise.all(others))))
})

test('a heavy user with two calls at once leaves the last turn to others', async () => {
  const clock = createTestClock()
  const queue = queueOf(clock, { limit: 4, interval: 1000 })
  const take = (user: string): Promise<void> => queue.acquire(undefined, undefined, { user })
  const order: string[] = []
  const note = (user: string): Promise<unknown> => take(user).then(() => order.push(user))
  await take('heavy')
  await clock.pass(4000)
  await clock.settle(Promise.all(['a', 'b', 'c'].map(take)))
  const calls = [note('heavy'), note('heavy')]
  await clock.pass(20)
  calls.push(note('light'))
  await clock.settle(Promise.all(calls))
  expect(order).toEqual(['light', 'heavy', 'heavy'])
})

test('a call of low priority waits at most 5 s longer than one of a user', async () => {
  const delay = await delayOfHonest(users(5, 40), reads, { priority: 'low' })
  expect(delay).toBeGreaterThan(4000)
  expect(delay).toBeLessThan(6500)
})

test('a request that gives way and an aborted one lose no turn', async () => {
  const clock = createTestClock()
  const queue = queueOf(clock, { limit: 1, interval: 1000 })
  const controller = new AbortController()
  const acquire = (user: string, signal?: AbortSignal): Promise<number> =>
    queue.acquire(signal, undefined, { user }).then(
      () => clock.now(),
      () => -1,
    )
  const started = clock.now()
  const first = [acquire('a'), acquire('a'), acquire('a')]
  await clock.pass(500)
  const others = [acquire('b', controller.signal), acquire('c')]
  await clock.pass(100)
  controller.abort()
  const times = await clock.settle(Promise.all([...first, ...others]))
  expect(times.map((time) => (time < 0 ? time : time - started))).toEqual([0, 2100, 3150, -1, 1050])
})

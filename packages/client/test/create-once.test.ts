import { seeded } from 'test-kit/numbers'
import { expect, test, vi } from 'vitest'
import { ApikleyError, memoryStore, type Store } from '../src/index.ts'
import { bind, kindOf, lost, refusal, world, type Process } from './keyed-creates.ts'

const HOUR = 3_600_000

test('calls with one key create one task, at once and later, in all processes', async () => {
  const { clock, sent, process } = world()
  const [one, two] = [process(), process()]
  const key = await one.createKey()
  const ids = await clock.settle(Promise.all([one.create(key), two.create(key), one.create(key)]))
  expect([...ids, await two.create(key)]).toEqual(Array(4).fill('task_1'))
  expect(sent.count).toBe(1)
  expect(await one.recover(key)).toBe('created')
})

test('a key of a clock with fractions of a millisecond is known', async () => {
  const { clock, process } = world()
  await clock.pass(0.25)
  const one = process()
  expect(await one.create(await one.createKey())).toBe('task_1')
})

test('a refused key may be used again, until recover has reported the refusal', async () => {
  const { sent, process } = world((count) =>
    count < 3 ? Promise.reject(refusal) : `task_${count}`,
  )
  const [one, two] = [process(), process()]
  const [first, second] = [await one.createKey(), await one.createKey()]
  expect(await kindOf(one.create(first))).toBe('insufficient-credits')
  expect(await kindOf(one.create(second))).toBe('insufficient-credits')
  expect(await one.recover(second)).toBe('refused')
  expect(await two.create(first)).toBe('task_3')
  const late = two.create(second)
  await expect(late).rejects.toMatchObject({ kind: 'insufficient-credits', idempotencyKey: second })
  expect(await two.recover(second)).toBe('refused')
  expect(sent.count).toBe(3)
})

/** A store, and the first value of each key of a create. */
function recordingStore(store: Store): Store & { readonly first: Map<string, string> } {
  const first = new Map<string, string>()
  return {
    ...bind(store),
    first,
    swap(key, expected, value, ttl) {
      if (key.startsWith('create:') && value !== undefined && !first.has(key)) {
        first.set(key, value)
      }
      return store.swap(key, expected, value, ttl)
    },
  }
}

/** The store has no record of the keys. That is reported once. */
async function expectUnconfirmed(one: Process, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    expect(await kindOf(one.create(key))).toBe('unconfirmed')
    expect(await one.recover(key)).toBe('unconfirmed')
  }
  expect(one.events).toEqual([expect.objectContaining({ type: 'store' })])
}

test('a key whose record was evicted is unconfirmed, and that is reported once', async () => {
  const all = world()
  const store = recordingStore(all.store)
  const one = all.process(store)
  const [used, unused] = [await one.createKey(), await one.createKey()]
  await one.create(used)
  for (const key of store.first.keys()) {
    await store.swap(key, await store.get(key), undefined, 1)
  }
  await expectUnconfirmed(one, [used, unused])
  expect(all.sent.count).toBe(1)
})

test('a store whose reads lag behind its writes ends in unconfirmed, with pauses', async () => {
  const { clock, sent, process, store: memory } = world()
  const store = recordingStore(memory)
  const one = process(store)
  const key = await one.createKey()
  await one.create(key)
  let reads = 0
  const lagging = process({
    ...bind(store),
    get(name) {
      reads += 1
      return name.startsWith('create:') ? Promise.resolve(store.first.get(name)) : store.get(name)
    },
  })
  const started = clock.now()
  expect(await clock.settle(kindOf(lagging.create(key)))).toBe('unconfirmed')
  expect(await clock.settle(lagging.recover(key))).toBe('unconfirmed')
  expect(sent.count).toBe(1)
  expect(reads).toBeLessThan(50)
  expect(clock.now() - started).toBeLessThan(40_000)
})

test('a store that is not atomic is found, whichever kind of write is not', async () => {
  const random = seeded(1)
  for (let attempt = 0; attempt < 60; attempt++) {
    const { store, process } = world()
    const isInsert = attempt % 2 === 0
    // Each step of a swap takes one of some turns of the event loop, most often the first.
    const rest = async (): Promise<void> => {
      for (let turn = random() < 0.12 ? 40 : 1; turn > 0; turn--) {
        await undefined
      }
    }
    const racing = process({
      ...bind(store),
      async swap(key, expected, value, ttl) {
        await rest()
        if ((expected === undefined) !== isInsert) {
          return store.swap(key, expected, value, ttl)
        }
        const held = await store.get(key)
        await rest()
        return held === expected ? store.swap(key, held, value, ttl).then(() => value) : held
      },
    })
    expect([attempt, await kindOf(racing.createKey())]).toEqual([attempt, 'configuration'])
  }
})

test('an unconfirmed key stays unconfirmed', async () => {
  const { sent, process } = world(() => Promise.reject(lost))
  const one = process()
  const key = await one.createKey()
  expect(await kindOf(one.create(key))).toBe('unconfirmed')
  expect(await kindOf(one.create(key))).toBe('unconfirmed')
  expect(await one.recover(key)).toBe('unconfirmed')
  expect(sent.count).toBe(1)
})

test('a key whose create was aborted before it was sent is unused', async () => {
  const aborted = new ApikleyError({ kind: 'aborted', message: 'aborted' })
  const { process } = world((count) => (count === 2 ? 'task_2' : Promise.reject(aborted)))
  const one = process()
  const [first, second] = [await one.createKey(), await one.createKey()]
  expect(await kindOf(one.create(first))).toBe('aborted')
  expect(await one.create(first)).toBe('task_2')
  expect(await kindOf(one.create(second))).toBe('aborted')
  expect(await one.recover(second)).toBe('void')
})

test('an unused key is void after recover, and creates nothing later', async () => {
  const { sent, process } = world()
  const key = await process().createKey()
  expect(await process().recover(key)).toBe('void')
  expect(await process().recover(key)).toBe('void')
  expect(await kindOf(process().create(key))).toBe('invalid-input')
  expect(sent.count).toBe(0)
})

test('recover waits for a create in flight, and gives up on one whose process has ended', async () => {
  const answers = [
    () => new Promise<string>((resolve) => void clock.after(3000, () => resolve('task_1'))),
    () => new Promise<string>(() => {}),
  ]
  const { clock, sent, process } = world((count) => answers[count - 1]?.() ?? '')
  const one = process()
  const [first, second] = [await one.createKey(), await one.createKey()]
  const creating = one.create(first)
  await vi.waitUntil(() => sent.count === 1)
  expect(await clock.settle(one.recover(first))).toBe('created')
  expect(await creating).toBe('task_1')
  void one.create(second)
  await vi.waitUntil(() => sent.count === 2)
  expect(await clock.settle(one.recover(second))).toBe('unconfirmed')
})

test('a key of another input is refused', async () => {
  const one = world().process()
  const key = await one.createKey()
  await one.create(key)
  expect(await kindOf(one.create(key, undefined, 'another input'))).toBe('invalid-input')
})

test('a key of another store is unconfirmed, and that is reported once', async () => {
  const { clock, sent, process } = world()
  const [one, two] = [process(), process(memoryStore({ clock }))]
  await expectUnconfirmed(two, [await one.createKey(), await one.createKey()])
  expect(sent.count).toBe(0)
})

test.each([
  ['made before the store', -1, undefined, 'unconfirmed'],
  ['made after the store', 60_000, undefined, 'task_1'],
  ['of unknown age, while the store is young', 60_000, 'unknown', 'unconfirmed'],
  ['of unknown age, after 12 h', 12 * HOUR, 'unknown', 'task_1'],
  ['that is 12 h old', 60_000, 12 * HOUR, 'unconfirmed'],
  ['from the future', 60_000, -HOUR, 'unconfirmed'],
] as const)('a key of your own %s is safe', async (_, madeAfter, age, expected) => {
  const { clock, process } = world()
  const one = process()
  const start = clock.now()
  await one.createKey()
  // The marker is renewed, so that it does not expire.
  for (let passed = 0; passed < Math.max(0, madeAfter); passed += HOUR) {
    await clock.pass(Math.min(HOUR, madeAfter - passed))
    await one.createKey()
  }
  const createdAt = age === 'unknown' ? undefined : start + madeAfter
  if (typeof age === 'number') {
    clock.set(clock.now() + age)
  }
  expect(await kindOf(one.create('job-1', createdAt))).toBe(expected)
})

type Swap = Parameters<Store['swap']>

/** A store whose `swap` or `get` is wrong. */
const wrongStores: Record<string, (store: Store) => Partial<Store>> = {
  'stores nothing': () => ({
    swap: async (_key, _expected, value) => value,
    get: async () => undefined,
  }),
  'always overwrites': (store) => ({
    swap: async (key, _, ...rest) => store.swap(key, await store.get(key), ...rest),
  }),
  'never overwrites': (store) => ({
    swap: async (key, expected, ...rest) =>
      expected === undefined ? store.swap(key, expected, ...rest) : store.get(key),
  }),
  'returns the old value': (store) => ({
    async swap(...swap: Swap) {
      const old = await store.get(swap[0])
      await store.swap(...swap)
      return old
    },
  }),
  'returns whether it wrote': (store) => ({
    swap: async (...swap: Swap) => Object((await store.swap(...swap)) === swap[2]),
  }),
  'returns nothing': (store) => ({
    swap: async (...swap: Swap) => void (await store.swap(...swap)),
  }),
  'does not delete': (store) => ({
    swap: async (...swap: Swap) => (swap[2] === undefined ? swap[1] : store.swap(...swap)),
  }),
  'shares one key': (store) => ({
    get: () => store.get('key'),
    swap: (_, ...rest) => store.swap('key', ...rest),
  }),
  'parses its values': (store) => ({ get: async (key) => Object(await store.get(key)) }),
  throws: () => ({ swap: () => Promise.reject(new Error('down')) }),
  'does not answer': () => ({ get: () => new Promise(() => {}) }),
  'has no TTL to speak of': (store) => ({
    swap: (key, expected, value) => store.swap(key, expected, value, 0),
  }),
}

test.each(Object.entries(wrongStores))('nothing is sent with a store that %s', async (...row) => {
  const [, wrong] = row
  const { clock, sent, store, process } = world()
  const broken = process({ ...bind(store), ...wrong(store) })
  const createdAt = clock.now() + 5000
  await clock.pass(10_000)
  const kind = await clock.settle(kindOf(broken.create('job-1', createdAt)))
  expect(['configuration', 'connection', 'unconfirmed']).toContain(kind)
  expect(sent.count).toBe(0)
})

test.each([
  ['takes ms for s', 1000],
  ['shortens every TTL to a half', 2],
  ['shortens every TTL to a third', 3],
  ['shortens every TTL by a third', 1.5],
])('a store that %s causes no second charge', async (_, factor) => {
  const { clock, sent, store, process } = world()
  const short: Store = {
    ...bind(store),
    swap: (key, expected, value, ttl) => store.swap(key, expected, value, ttl / factor),
  }
  const one = process(short)
  const key = await one.createKey()
  await one.create(key)
  const other = await one.createKey()
  await one.create(other, clock.now())
  for (let hour = 0; hour < 30; hour += 0.5) {
    await clock.pass(HOUR / 2)
    // A new process for each request, as some platforms start them.
    await kindOf(process(short).create(key))
    await kindOf(process(short).create(other))
  }
  expect(sent.count).toBe(2)
})

import type { Store } from './store.ts'

/** An empty database, opened twice as by two processes. */
export interface StoreSetup {
  readonly store: Store
  /** Another store on the same data. A store for one process returns the same. */
  readonly other: Store
  /** The time of the store, in ms. */
  readonly now: () => number
  /** Lets `ms` pass for the store. */
  readonly pass: (ms: number) => Promise<void>
}

export interface StoreRequirement {
  /** A sentence, for the title of a test. */
  readonly name: string
  /** Rejects with an `Error` if the store does not meet the requirement. */
  readonly check: (setup: StoreSetup) => Promise<void>
}

/** How much a turn may differ, because time passes while a database answers. */
const TOLERANCE_MS = 200

const limit = { limit: 2, interval: 1000, maxDelay: Infinity }

/**
 * What every `Store` has to do.
 *
 * @example
 * for (const { name, check } of storeContract) test(name, async () => check(await setup()))
 */
export const storeContract: readonly StoreRequirement[] = [
  {
    name: 'swap writes only where the key holds the expected value',
    async check({ store, other }) {
      equal(await store.get('key'), undefined)
      equal(await store.swap('key', 'other', 'a', 5000), undefined)
      equal(await store.swap('key', undefined, 'a', 5000), 'a')
      equal(await other.swap('key', undefined, 'b', 5000), 'a')
      equal(await other.swap('key', 'a', 'b', 5000), 'b')
      equal(await store.get('key'), 'b')
      equal(await store.swap('key', 'a', undefined, 5000), 'b')
      equal(await store.swap('key', 'b', undefined, 5000), undefined)
      equal(await other.get('key'), undefined)
    },
  },
  {
    name: 'a swap that a driver repeats returns its own value',
    async check({ store }) {
      await store.swap('key', undefined, 'a', 5000)
      equal(await store.swap('key', undefined, 'a', 5000), 'a')
      await store.swap('key', 'a', undefined, 5000)
      equal(await store.swap('key', 'a', undefined, 5000), undefined)
    },
  },
  {
    name: 'values are texts of any characters',
    async check({ store }) {
      for (const value of ['', '0', 'null', '{"a":1}', 'ä 🎈\n:=']) {
        equal(await store.swap(`key ${value}`, undefined, value, 5000), value)
        equal(await store.get(`key ${value}`), value)
      }
    },
  },
  {
    name: 'of many swaps at once, one wins',
    async check({ store, other }) {
      const swaps = Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? store : other).swap('key', undefined, `value-${index}`, 5000),
      )
      const held = await Promise.all(swaps)
      equal(new Set(held).size, 1)
      equal(await store.get('key'), held[0])
    },
  },
  {
    name: 'a value expires after its TTL, and a swap renews it',
    async check({ store, pass }) {
      await store.swap('key', undefined, 'a', 1500)
      await pass(900)
      await store.swap('key', 'a', 'a', 1500)
      await pass(900)
      equal(await store.get('key'), 'a')
      await pass(900)
      equal(await store.get('key'), undefined)
      equal(await store.swap('key', undefined, 'b', 1000), 'b')
    },
  },
  {
    name: 'reserve keeps a sliding window for all processes',
    async check({ store, other, now, pass }) {
      // Opens the connections.
      await Promise.all([store.get('key'), other.get('key')])
      const first = now()
      equal(await store.reserve('limit', 'a', limit), 0)
      await pass(400)
      const second = now()
      equal(await other.reserve('limit', 'b', limit), 0)
      const turns: number[] = []
      for (const id of ['c', 'd', 'f', 'g']) {
        turns.push(now() + ((await other.reserve('limit', id, limit)) ?? NaN))
      }
      const expected = [first + 1000, second + 1000, first + 2000, second + 2000]
      for (const [index, turn] of turns.entries()) {
        near(turn, expected[index])
      }
      equal(await store.reserve('other', 'e', limit), 0)
    },
  },
  {
    name: 'reserve returns the same turn to the same id',
    async check({ store, now, pass }) {
      await store.get('key')
      await store.reserve('limit', 'a', limit)
      await store.reserve('limit', 'b', limit)
      const turn = now() + ((await store.reserve('limit', 'c', limit)) ?? NaN)
      await pass(300)
      near(now() + ((await store.reserve('limit', 'c', limit)) ?? NaN), turn)
      near(now() + ((await store.reserve('limit', 'd', limit)) ?? NaN), turn)
    },
  },
  {
    name: 'a turn that is cancelled or refused for its delay takes no place',
    async check({ store, other }) {
      await Promise.all([store.get('key'), other.get('key')])
      await store.reserve('limit', 'a', limit)
      await store.reserve('limit', 'b', limit)
      equal(await store.reserve('limit', 'c', { ...limit, maxDelay: 300 }), undefined)
      near(await store.reserve('limit', 'd', limit), 1000)
      await store.cancel('limit', 'd')
      await other.cancel('limit', 'b')
      await other.cancel('unused', 'b')
      equal(await store.reserve('limit', 'e', limit), 0)
    },
  },
  {
    name: 'subscribers of a channel get its messages until they leave',
    async check({ store, other, pass }) {
      const messages: string[] = []
      const later: string[] = []
      const leave = await store.subscribe('channel', (message) => messages.push(message))
      const leaveLater = await store.subscribe('channel', (message) => later.push(message))
      await other.publish('other', 'none')
      await other.publish('channel', 'one')
      await other.publish('channel', 'two')
      await passUntil(pass, () => messages.length > 1 && later.length > 1)
      await leave()
      await other.publish('channel', 'three')
      await passUntil(pass, () => later.length > 2)
      await leaveLater()
      equal(messages.join(), 'one,two')
      equal(later.join(), 'one,two,three')
    },
  },
]

/** Lets at most 5 s pass. */
async function passUntil(pass: StoreSetup['pass'], isDone: () => boolean): Promise<void> {
  for (let round = 0; round < 100 && !isDone(); round++) {
    await pass(50)
  }
}

function equal(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) {
    throw new Error(`expected ${JSON.stringify(expected)}, and got ${JSON.stringify(actual)}`)
  }
}

function near(actual: number | undefined, expected: number | undefined): void {
  if (!(Math.abs((actual ?? NaN) - (expected ?? NaN)) <= TOLERANCE_MS)) {
    throw new Error(`expected about ${expected} ms, and got ${actual} ms`)
  }
}

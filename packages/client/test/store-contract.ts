import { expect, test } from 'vitest'
import type { Store } from '../src/index.ts'

export interface StoreSetup {
  readonly store: Store
  /** Lets `ms` pass for the store. */
  readonly pass: (ms: number) => Promise<void>
}

const limit = { limit: 2, interval: 1000, maxDelay: Infinity }

/** What every `Store` has to do. */
export function testStore(name: string, setup: () => Promise<StoreSetup>): void {
  test(`${name}: swap writes only where the key holds the expected value`, async () => {
    const { store } = await setup()
    expect(await store.get('key')).toBeUndefined()
    expect(await store.swap('key', 'other', 'a', 1000)).toBeUndefined()
    expect(await store.swap('key', undefined, 'a', 1000)).toBe('a')
    expect(await store.swap('key', undefined, 'b', 1000)).toBe('a')
    expect(await store.swap('key', 'a', 'b', 1000)).toBe('b')
    expect(await store.get('key')).toBe('b')
    expect(await store.swap('key', 'a', undefined, 1000)).toBe('b')
    expect(await store.swap('key', 'b', undefined, 1000)).toBeUndefined()
    expect(await store.get('key')).toBeUndefined()
  })

  test(`${name}: of many swaps at once, one wins`, async () => {
    const { store } = await setup()
    const values = Array.from({ length: 20 }, (_, index) => `value-${index}`)
    const held = await Promise.all(values.map((value) => store.swap('key', undefined, value, 1000)))
    expect(new Set(held).size).toBe(1)
    expect(await store.get('key')).toBe(held[0])
  })

  test(`${name}: a value expires after its TTL, and a swap renews it`, async () => {
    const { store, pass } = await setup()
    await store.swap('key', undefined, 'a', 1000)
    await pass(900)
    await store.swap('key', 'a', 'a', 1000)
    await pass(900)
    expect(await store.get('key')).toBe('a')
    await pass(200)
    expect(await store.get('key')).toBeUndefined()
    expect(await store.swap('key', undefined, 'b', 1000)).toBe('b')
  })

  test(`${name}: reserve keeps a sliding window`, async () => {
    const { store, pass } = await setup()
    expect(await store.reserve('limit', 'a', limit)).toBe(0)
    await pass(400)
    expect(await store.reserve('limit', 'b', limit)).toBe(0)
    expect(await store.reserve('limit', 'c', limit)).toBe(600)
    expect(await store.reserve('limit', 'd', limit)).toBe(1000)
    expect(await store.reserve('other', 'e', limit)).toBe(0)
    expect(await store.reserve('limit', 'f', limit)).toBe(1600)
    expect(await store.reserve('limit', 'g', limit)).toBe(2000)
    expect(await store.reserve('limit', 'h', limit)).toBe(2600)
  })

  test(`${name}: reserve returns the same turn to the same id`, async () => {
    const { store, pass } = await setup()
    await store.reserve('limit', 'a', limit)
    await store.reserve('limit', 'b', limit)
    expect(await store.reserve('limit', 'c', limit)).toBe(1000)
    await pass(300)
    expect(await store.reserve('limit', 'c', limit)).toBe(700)
    expect(await store.reserve('limit', 'd', limit)).toBe(700)
  })

  test(`${name}: a turn that is cancelled or refused for its delay takes no place`, async () => {
    const { store } = await setup()
    await store.reserve('limit', 'a', limit)
    await store.reserve('limit', 'b', limit)
    expect(await store.reserve('limit', 'c', { ...limit, maxDelay: 999 })).toBeUndefined()
    expect(await store.reserve('limit', 'd', limit)).toBe(1000)
    await store.cancel('limit', 'd')
    await store.cancel('limit', 'b')
    await store.cancel('other', 'b')
    expect(await store.reserve('limit', 'e', limit)).toBe(0)
  })

  test(`${name}: subscribers of a channel get its messages until they leave`, async () => {
    const { store, pass } = await setup()
    const messages: string[] = []
    const leave = await store.subscribe('channel', (message) => messages.push(message))
    await store.publish('channel', 'one')
    await store.publish('other', 'two')
    await pass(10)
    await leave()
    await store.publish('channel', 'three')
    await pass(10)
    expect(messages).toEqual(['one'])
  })
}

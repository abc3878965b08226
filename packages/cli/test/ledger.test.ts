import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createTestClock } from 'test-kit/clock'
import { expect, test } from 'vitest'
import { storeContract } from '@apikley/client/store-contract'
import { Ledger } from '../src/ledger/ledger.ts'
import { newFolder } from './cli.ts'

const claim = { intent: 'cat', key: 'key-1', model: 'm', credits: 2, caps: {}, reuse: 86_400_000 }

/** Two processes with one ledger, whose files end after some outdated lines. */
function twoProcesses(maxOutdated = 2) {
  const clock = createTestClock()
  const folder = newFolder()
  const open = (): Ledger => new Ledger(folder, clock, maxOutdated)
  return { clock, folder, open, one: open(), two: open() }
}

test.each(storeContract.flatMap((each) => [Infinity, 2].map((max) => ({ ...each, max }))))(
  'the ledger meets, with at most $max outdated lines: $name',
  async ({ check, max }) => {
    const { clock, one } = twoProcesses(max)
    const checked = check({ store: one, other: one, now: clock.now, pass: clock.pass })
    await expect(checked).resolves.toBeUndefined()
  },
)

test('processes agree on swaps, turns and claims across snapshots', async () => {
  const { clock, folder, open, one, two } = twoProcesses()
  const limit = { limit: 1, interval: 1000, maxDelay: Infinity }
  expect(await one.reserve('limit', 'a', limit)).toBe(0)
  expect(await two.reserve('limit', 'b', limit)).toBe(1000)
  for (let round = 0; round < 20; round++) {
    const [first, second] = [`one-${round}`, `two-${round}`]
    const before = await two.get('key')
    expect(await one.swap('key', before, first, 60_000)).toBe(first)
    expect(await two.swap('key', before, second, 60_000)).toBe(first)
  }
  expect(await one.claim(claim)).toMatchObject({ status: 'new' })
  const known = { status: 'known', entry: { key: 'key-1' } }
  expect(await two.claim({ ...claim, key: 'key-2' })).toMatchObject(known)
  await two.settle('key-1', 'task-1')
  expect(open().find({ taskId: 'task-1' })).toMatchObject({ key: 'key-1', state: 'created' })
  await clock.pass(500)
  expect(await open().reserve('limit', 'c', limit)).toBe(1500)
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^ledger\.\d+\.jsonl$/), 'reserve'])
})

test('a half line of a process that was killed is skipped', async () => {
  const { folder, one, two } = twoProcesses(Infinity)
  await one.swap('key', undefined, 'a', 60_000)
  appendFileSync(join(folder, 'ledger.1.jsonl'), '\n{"op":"swap","key":"key","ver')
  expect(await two.swap('key', 'a', 'b', 60_000)).toBe('b')
  expect(await one.get('key')).toBe('b')
})

test('tasks alone make no snapshot, however many there are', async () => {
  const { folder, one } = twoProcesses()
  for (let task = 0; task < 20; task++) {
    await one.claim({ ...claim, intent: `${task}`, key: `${task}` })
  }
  expect(readdirSync(folder)).toContain('ledger.1.jsonl')
})

test('caps count the tasks and credits of the last 24 hours, but no refused ones', async () => {
  const { clock, one, two } = twoProcesses()
  const add = (ledger: Ledger, name: string, caps: object) =>
    ledger.claim({ ...claim, intent: name, key: name, caps })
  expect(await add(one, 'a', { tasks: 2 })).toMatchObject({ status: 'new' })
  expect(await add(two, 'b', { tasks: 2 })).toMatchObject({ status: 'new' })
  expect(await add(one, 'c', { tasks: 2 })).toMatchObject({ status: 'refused', cap: 'tasks' })
  expect(await add(one, 'a', { tasks: 2 })).toMatchObject({ status: 'known' })
  expect(await add(two, 'c', { credits: 5 })).toMatchObject({ cap: 'credits' })
  await one.settle('a', 'task-a')
  await one.recordCredits('task-a', 1)
  expect(await add(two, 'c', { credits: 5 })).toMatchObject({ status: 'new' })
  expect(one.usage()).toEqual({ tasks: 3, credits: 5 })
  await two.settle('b')
  expect(one.usage()).toEqual({ tasks: 2, credits: 3 })
  expect(await add(one, 'b', {})).toMatchObject({ status: 'new', entry: { key: 'b' } })
  await clock.pass(24 * 3_600_000)
  expect(one.usage()).toEqual({ tasks: 0, credits: 0 })
})

test('a created task is the same create for a day, an open one for longer', async () => {
  const { clock, one, two } = twoProcesses()
  await one.claim(claim)
  await one.claim({ ...claim, intent: 'dog', key: 'key-dog' })
  await one.settle('key-1', 'task-1')
  await clock.pass(86_400_001)
  expect(await two.claim({ ...claim, key: 'key-2' })).toMatchObject({ status: 'new' })
  const open = await two.claim({ ...claim, intent: 'dog', key: 'key-3' })
  expect(open).toMatchObject({ status: 'known' })
})

import { describe, expect, test } from 'vitest'
import { nextPoll } from '../src/index.ts'
import { input } from './service.ts'
import { world, type World } from './world.ts'

const model = 'ideogram/v3-reframe'
const callbackUrl = 'https://app.example.com/hook'

/**
 * Runs a task whose callback comes `after` ms, as a webhook of the same client takes it. Gives how
 * late the run was told of the end.
 */
async function run(
  { apikley, clock }: World,
  duration: number,
  after?: number,
  options: { readonly timeout?: number } = {},
): Promise<number> {
  const started = clock.now()
  const result = apikley.run(model, input, {
    callbackUrl,
    ...options,
    onCreated: (taskId) =>
      after !== undefined &&
      clock.after(after, () => void apikley.tasks.get(taskId).then(apikley.tasks.notify)),
  })
  await clock.settle(result)
  return clock.now() - started - duration
}

describe('a callback that is expected', () => {
  test.each([1000, 10_000, 29_000])(
    'tells of a task of %i ms without any look beside its own',
    async (duration) => {
      const all = world(() => ({ duration }))
      expect(await run(all, duration, duration + 20)).toBe(20)
      expect(all.looks).toHaveLength(1)
      expect(all.clock.pending).toBe(0)
    },
  )

  test('of a long task costs a few looks at first, and none once its model is known', async () => {
    const all = world(() => ({ duration: 230_000 }))
    await run(all, 230_000, 230_020)
    expect(all.looks.length).toBeLessThanOrEqual(1 + 4)
    const before = all.looks.length
    for (let task = 0; task < 5; task++) {
      await run(all, 230_000, 230_020)
    }
    expect(all.looks.length - before).toBe(5)
  })

  test('but does not come loses no task, and the next ones are looked at as usual', async () => {
    const all = world(() => ({ duration: 5000 }))
    expect(await run(all, 5000)).toBe(25_000)
    for (let task = 0; task < 10; task++) {
      expect(await run(all, 5000)).toBeLessThan(3000)
    }
  })

  test('that now and then comes to another process makes few tasks late', async () => {
    const all = world(() => ({ duration: 5000 }))
    let late = 0
    for (let task = 0; task < 100; task++) {
      if ((await run(all, 5000, task % 4 === 0 ? 5020 : undefined)) > 3000) {
        late++
      }
    }
    expect(late).toBeLessThan(10)
  })

  test('that comes to another process every other time makes ever fewer tasks late', async () => {
    const all = world(() => ({ duration: 5000 }))
    const late = { first: 0, then: 0 }
    for (let task = 0; task < 200; task++) {
      if ((await run(all, 5000, task % 2 === 0 ? 5020 : undefined)) > 3000) {
        late[task < 100 ? 'first' : 'then']++
      }
    }
    expect(late.first).toBeLessThan(10)
    expect(late.then).toBeLessThan(3)
  })

  test('that is reported again does not make up for a lost one', async () => {
    const all = world(() => ({ duration: 5000 }))
    const { apikley, clock } = all
    await run(all, 5000)
    const [late] = all.looks
    const tell = async (): Promise<void> =>
      apikley.tasks.notify(await clock.settle(apikley.tasks.get(late?.taskId ?? '')))
    for (let time = 0; time < 20; time++) {
      await tell()
    }
    for (let task = 0; task < 5; task++) {
      expect(await run(all, 5000)).toBeLessThan(3000)
    }
  })

  test('is no look of the application at a task that has ended', async () => {
    const all = world(() => ({ duration: 5000 }))
    const { apikley, clock } = all
    await run(all, 5000)
    for (let task = 0; task < 10; task++) {
      const started = clock.now()
      const { taskId } = await clock.settle(apikley.run(model, input, { callbackUrl }))
      expect(clock.now() - started).toBeLessThan(8000)
      await clock.settle(apikley.tasks.get(taskId))
    }
  })

  test('that is missed makes nobody else wait for one', async () => {
    const all = world(() => ({ duration: 5000 }))
    const runs = [0, 20_000, 22_000, 24_000].map(async (pause) => {
      await new Promise<void>((resolve) => all.clock.after(pause, resolve))
      const started = all.clock.now()
      await all.apikley.run(model, input, { callbackUrl })
      return all.clock.now() - started - 5000
    })
    const [first, ...others] = await all.clock.settle(Promise.all(runs))
    expect(first).toBe(25_000)
    for (const late of others) {
      expect(late).toBeLessThan(10_000)
    }
  })

  test.each([65_000, 130_000, 245_000, 485_000])(
    'that is lost makes a task of %i ms late by a minute at the most',
    async (duration) => {
      const all = world(() => ({ duration }))
      expect(await run(all, duration)).toBeLessThanOrEqual(60_000)
    },
  )

  test('is relied on again when callbacks come again', async () => {
    const all = world(() => ({ duration: 5000 }))
    await run(all, 5000)
    for (let task = 0; task < 3; task++) {
      await run(all, 5000, 5001)
    }
    const before = all.looks.length
    for (let task = 0; task < 10; task++) {
      expect(await run(all, 5000, 5020)).toBe(20)
    }
    expect(all.looks.length - before).toBe(10)
  })

  test('does not keep a wait from a look before its time is up', async () => {
    for (const timeout of [10_000, 25_000, 70_000]) {
      const all = world(() => ({ duration: timeout - 3000 }))
      expect(await run(all, timeout - 3000, undefined, { timeout })).toBeLessThan(3000)
    }
  })

  test('changes nothing for a task without a callback', async () => {
    const all = world(() => ({ duration: 5000 }))
    const started = all.clock.now()
    await all.clock.settle(all.apikley.run(model, input))
    expect(all.clock.now() - started - 5000).toBeLessThan(3000)
  })
})

test('while a callback is expected, looks become rarer, whatever the history', () => {
  const about = (seconds: number) => ({
    count: 20,
    mean: Math.log(seconds * 1000),
    variance: 0.02,
  })
  const options = { callback: true, random: () => 0.5 }
  expect(nextPoll(undefined, 0, options)).toBe(30_000)
  expect(nextPoll(undefined, 50_000, options)).toBe(50_000)
  expect(nextPoll(undefined, 600_000, options)).toBe(60_000)
  expect(nextPoll(about(1), 0, options)).toBe(30_000)
  expect(nextPoll(about(100), 0, options)).toBeGreaterThan(130_000)
  expect(nextPoll(about(100), 0, options)).toBeLessThan(300_000)
  expect(nextPoll(undefined, 0, { ...options, minInterval: 60_000 })).toBe(60_000)
})

import { isNightly } from 'test-kit/nightly'
import { seeded } from 'test-kit/numbers'
import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import { bind, kindOf, lost, refusal, world } from '../keyed-creates.ts'

const runs = isNightly ? 10_000 : 2000

test(`${runs} random schedules of crashes and store faults cause no second charge`, async () => {
  const random = seeded(1)
  let created = 0
  for (let schedule = 0; schedule < runs; schedule++) {
    const { clock, sent, process } = world((count) => outcomeOf(random(), count))
    let store = memoryStore({ clock })
    const faulty: Store = {
      ...bind(store),
      get: (key) => fault(random(), () => store.get(key)),
      swap: (key, ...args) =>
        // A process whose check of the store fails does nothing.
        fault(key.startsWith('probe:') ? 1 : random(), () => store.swap(key, ...args)),
    }
    const processes = [process(faulty), process(faulty)]
    const key = await process(store).createKey()
    const results: string[] = []
    const steps = 2 + Math.floor(random() * 4)
    const running: Promise<unknown>[] = []
    for (let step = 0; step < steps; step++) {
      if (random() < 0.1) {
        store = memoryStore({ clock })
      }
      const one = processes[step % 2] ?? process(faulty)
      const call = random() < 0.7 ? one.create(key) : one.recover(key)
      const settled = kindOf(call).then((result) => results.push(result))
      running.push(settled)
      if (random() < 0.5) {
        await Promise.race([clock.settle(settled), clock.pass(random() * 20_000)])
      }
    }
    await clock.pass(2 * 300_000)
    const last = await clock.settle(process(bind(store)).recover(key))
    const refused = results.filter((kind) => kind === 'insufficient-credits').length
    const accepted = sent.count - refused
    expect([schedule, accepted <= 1]).toEqual([schedule, true])
    // A task that was created is known or in doubt.
    const isKnownFree = last === 'void' || last === 'refused'
    expect([schedule, isKnownFree && accepted > 0]).toEqual([schedule, false])
    created += accepted
  }
  expect(created).toBeGreaterThan(runs / 10)
})

/** Accepted, refused, accepted without an answer, or a process that ends. */
function outcomeOf(chance: number, count: number): string | Promise<string> {
  if (chance < 0.5) {
    return `task_${count}`
  }
  if (chance < 0.6) {
    return Promise.reject(refusal)
  }
  return chance < 0.8 ? Promise.reject(lost) : new Promise(() => {})
}

/** Works, fails before or after it takes effect, or never answers. */
async function fault<Result>(chance: number, act: () => Promise<Result>): Promise<Result> {
  if (chance < 0.05) {
    throw new Error('down')
  }
  const result = await act()
  if (chance < 0.1) {
    throw new Error('reset')
  }
  return chance < 0.13 ? new Promise(() => {}) : result
}

import { createSimulator } from '@apikley/simulator'
import { expect, test } from 'vitest'
import { createTestClock } from 'test-kit/clock'
import { checkSchedules } from '../faults/schedules.ts'

/** So many courses of events; `FAULT_SCHEDULES` runs fewer or more. */
const runs = Number(process.env.FAULT_SCHEDULES ?? 10_000)

test(`${runs} courses of events: at most one task is bought, it is never lost, and the end is a value or a named error, in time`, async () => {
  const clock = createTestClock()
  const simulator = createSimulator({ clock, price: 0, check: true })
  const connect = () => ({
    options: { apiKey: 'any-key', fetch: simulator.fetch },
    over: async () => {},
  })
  const ends = await checkSchedules(runs, { clock, simulator, connect })
  console.log(Object.fromEntries(ends))
  expect(ends.get('value')).toBeGreaterThan(runs / 100)
})

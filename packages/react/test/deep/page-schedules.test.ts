import { createSimulator } from '@apikley/simulator'
import { createTestClock } from 'test-kit/clock'
import { isNightly } from 'test-kit/nightly'
import { seeded } from 'test-kit/numbers'
import { holdTimeFor, key } from 'test-kit/world'
import { expect, test } from 'vitest'
import { CrashingWorld } from './crashing.ts'

const runs = isNightly ? 10_000 : 1000

test(
  `${runs} random schedules crash page, proxy and store, and no click is charged twice or without a report`,
  { timeout: runs * 300 },
  async () => {
    const clock = createTestClock()
    holdTimeFor(clock)
    const options = { clock, invisibleFor: 0, keys: [key], latency: 1000, price: 0 }
    const simulator = createSimulator(options)
    const random = seeded(1)
    // A browser releases the lock of a page that crashes. Node does not.
    Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
    const counts = { clicks: 0, charges: 0, unconfirmed: 0, crashes: 0 }
    for (let schedule = 0; schedule < runs; schedule++) {
      simulator.control.reset()
      const world = new CrashingWorld({ clock, simulator, random })
      const steps = 2 + Math.floor(random() * 4)
      for (let step = 0; step < steps; step++) {
        const chance = random()
        if (!world.page.part.isAlive || chance < 0.1) {
          world.reload()
        } else if (chance < 0.2) {
          world.crashProxy()
        } else if (chance < 0.25) {
          world.flush()
        } else if (chance < 0.4) {
          world.page.run.controls.resume()
        } else {
          world.page.click()
        }
        await clock.pass(random() * (random() < 0.5 ? 2000 : 60_000))
      }
      world.faultLevel = 0
      world.reload()
      await clock.settle(world.page.settled())
      world.page.run.controls.resume()
      await clock.settle(world.page.settled())
      // Requests that are late arrive.
      await clock.pass(60_000)

      const { tasks } = simulator.journal
      const charged = tasks.map((task) => world.clickOf.get(task.idempotencyKey ?? '') ?? 0)
      expect({ schedule, charged }).toEqual({ schedule, charged: [...new Set(charged)] })
      const lost = tasks.filter(({ taskId }, index) => {
        const report = world.reported.get(charged[index] ?? 0)
        return !world.shownTasks.has(taskId) && report !== 'unconfirmed'
      })
      expect({ schedule, lost }).toEqual({ schedule, lost: [] })
      counts.clicks += world.clicks
      counts.charges += charged.length
      counts.unconfirmed += [...world.reported.values()].filter((it) => it === 'unconfirmed').length
      counts.crashes += world.crashes
    }
    console.log(counts)
    expect(counts.charges).toBeGreaterThan(runs / 4)
  },
)

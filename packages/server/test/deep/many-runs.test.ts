import { expect, test } from 'vitest'
import { input, world } from 'test-kit/world'

test.each([
  ['one page', 1, 30, undefined],
  ['thirty pages', 30, 30, undefined],
  ['one page with a limit of five', 1, 30, { limit: 5, interval: 60_000 }],
  ['one page', 1, 110, undefined],
])('All runs at once of one user succeed: %s, %i pages, %i runs.', async (...row) => {
  const [, pages, count, creates] = row
  const all = world({ limits: { creates } }, { latency: 20_000 })
  const clients = Array.from({ length: pages }, () => all.pageOf('ann'))
  const phases: string[][] = []
  const runs = Array.from({ length: count }, async (_, index) => {
    const seen: string[] = []
    phases.push(seen)
    const onPhase = (phase: string): unknown => seen.push(phase)
    return clients[index % pages]?.run('ideogram/v3-reframe', input, { onPhase })
  })
  const results = await all.clock.settle(Promise.allSettled(runs))
  expect(results.filter(({ status }) => status === 'rejected')).toEqual([])
  expect(all.simulator.journal.tasks).toHaveLength(count)
  const isQueued = phases.map((each) =>
    /^creating( queued creating)+ waiting$/.test(each.join(' ')),
  )
  expect(new Set(isQueued)).toEqual(new Set([true, false]))
})

test('A limit that is spent for hours is an error at once.', async () => {
  const all = world({ limits: { creates: { limit: 1, interval: 3_600_000 } } })
  await all.clock.settle(all.page.tasks.create('ideogram/v3-reframe', input))
  const started = all.clock.now()
  const second = all.clock.settle(all.page.tasks.create('ideogram/v3-reframe', input))
  await expect(second).rejects.toMatchObject({ kind: 'rate-limited' })
  expect(all.clock.now() - started).toBeLessThan(1000)
})

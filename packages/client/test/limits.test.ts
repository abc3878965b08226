import { describe, expect, test } from 'vitest'
import { idle } from './clock.ts'
import { created, input, record, service } from './service.ts'

describe('limits are kept before they are hit', () => {
  test('20 creates in 10 s, as the service sees them', async () => {
    const { apikley, clock } = service([created])
    const at: number[] = []
    await clock.settle(
      Promise.all(
        Array.from({ length: 65 }, async () => {
          await apikley.tasks.create('ideogram/v3-reframe', input)
          at.push(clock.now())
        }),
      ),
    )
    const most = Math.max(...at.map((time) => at.filter((other) => other >= time && other < time + 10_000).length))
    expect(most).toBe(20)
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBe(31_500)
  })

  test('10 reads a second', async () => {
    const { apikley, clock, sent } = service([record('waiting')])
    const reads = Promise.all(Array.from({ length: 25 }, (_, index) => apikley.tasks.get(`task_${index}`)))
    await idle()
    expect(sent).toHaveLength(10)
    await clock.settle(reads)
    expect(sent).toHaveLength(25)
  })

  test('a caller who leaves the queue holds nobody up, and leaves no timer', async () => {
    const { apikley, clock, sent } = service([created], { limits: { creates: { limit: 1, interval: 1000 } } })
    const controller = new AbortController()
    await apikley.tasks.create('ideogram/v3-reframe', input)
    const queued = apikley.tasks.create('ideogram/v3-reframe', input, { signal: controller.signal })
    await idle()
    controller.abort(new Error('enough'))
    await expect(queued).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
    expect(sent).toHaveLength(1)
  })

  test('another limiter can be put in its place', async () => {
    let asked = 0
    const { apikley } = service([created], { limiter: { creates: { acquire: async () => void asked++ } } })
    await apikley.tasks.create('ideogram/v3-reframe', input)
    expect(asked).toBe(1)
  })
})

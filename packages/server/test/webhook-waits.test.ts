import { expect, test } from 'vitest'
import { callbackUrl, input, model, webhookService } from './webhook-service.ts'

test('With callbacks 100 tasks take two requests each: the create and one read.', async () => {
  const service = webhookService({ signedWith: 'hook', secret: 'hook' })
  const { apikley, clock, simulator, calls } = service
  const delays: number[] = []
  const tasks = Array.from({ length: 100 }, async () => {
    const { task } = await apikley.run(model, input, { callbackUrl })
    delays.push(clock.now() - (task.completeTime ?? Number.NaN))
  })
  await clock.settle(Promise.all(tasks))
  await clock.advance(60_000)
  expect(simulator.journal.bought).toBe(100)
  expect(calls).toHaveLength(100)
  expect(simulator.journal.received).toBe(200)
  expect(Math.max(...delays)).toBeLessThanOrEqual(50)
})

test('Tasks of 1 to 2 min also take two requests, once the client knows their durations.', async () => {
  const outcomes = [{ times: 'always', latency: [60_000, 120_000] } as const]
  const { apikley, clock, simulator } = webhookService({}, outcomes)
  const runThree = () =>
    Promise.all([1, 2, 3].map(() => apikley.run(model, input, { callbackUrl })))
  await clock.settle(runThree())
  const before = simulator.journal.received
  for (let round = 0; round < 10; round++) {
    await clock.settle(runThree())
  }
  expect(simulator.journal.received - before).toBe(60)
})

test('A wait whose callback never comes ends by polling.', async () => {
  const { apikley, clock, calls } = webhookService({}, [{ times: 'always', callback: 'never' }])
  const runs = [1, 2].map(() => apikley.run(model, input, { callbackUrl }))
  const results = await clock.settle(Promise.all(runs))
  expect(results).toMatchObject([{ task: { state: 'success' } }, { task: { state: 'success' } }])
  expect(calls).toEqual([])
})

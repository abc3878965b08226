import { expect, test } from 'vitest'
import { callbackUrl, input, model, webhookService } from './webhook-service.ts'

test('in one long-lived server a task costs two requests: its create, and the look of the webhook', async () => {
  // A task that is still unknown when its callback arrives costs another request.
  const { apikley, clock, simulator, told } = webhookService(
    { signedWith: 'hook', secret: 'hook' },
    [{ times: 'always', invisibleFor: 0 }],
  )
  const late: number[] = []
  const tasks = Array.from({ length: 100 }, async () => {
    const { task } = await apikley.run(model, input, { callbackUrl })
    late.push(clock.now() - (task.completeTime ?? Number.NaN))
  })
  await clock.settle(Promise.all(tasks))
  await clock.advance(60_000)
  expect(simulator.journal.bought).toBe(100)
  expect(told).toHaveLength(100)
  expect(simulator.journal.received).toBe(200)
  expect(late).toHaveLength(100)
  expect(Math.max(...late)).toBeLessThanOrEqual(50)
})

test('also where tasks take minutes, once some have been seen', async () => {
  const { apikley, clock, simulator } = webhookService({}, [
    { times: 'always', latency: [60_000, 120_000] },
  ])
  const run = () => apikley.run(model, input, { callbackUrl })
  await clock.settle(Promise.all([run(), run(), run()]))
  const before = simulator.journal.received
  for (let round = 0; round < 10; round++) {
    await clock.settle(Promise.all([run(), run(), run()]))
  }
  expect(simulator.journal.received - before).toBe(60)
})

test('a wait whose callback never comes is told all the same', async () => {
  const { apikley, clock, told } = webhookService({}, [{ times: 'always', callback: 'never' }])
  const run = () => apikley.run(model, input, { callbackUrl })
  const results = await clock.settle(Promise.all([run(), run()]))
  expect(results).toMatchObject([{ task: { state: 'success' } }, { task: { state: 'success' } }])
  expect(told).toEqual([])
})

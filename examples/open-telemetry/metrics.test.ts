import { createApikley, memoryStore } from '@apikley/client'
import { createNoopMeter, type Attributes, type Counter, type Meter } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { measured } from './metrics.ts'

test('creates are counted by outcome; the queue, polls and the store are measured', async () => {
  const values: [string, Attributes | undefined][] = []
  const note = (name: string): Counter => ({
    add: (_, attributes) => void values.push([name, attributes]),
  })
  const meter: Meter = Object.assign(Object.create(createNoopMeter()), {
    createCounter: note,
    createHistogram: (name: string) => ({ record: note(name).add }),
  })
  const answers = [
    Response.json({ code: 200, data: { taskId: 'task_1' } }),
    Response.json({ code: 402, msg: 'no credits' }),
    Response.json({ code: 500, msg: 'error' }, { status: 500 }),
    Response.json({ code: 200, data: { taskId: 'task_2', model: 'a', state: 'fail' } }),
  ]
  const store = memoryStore()
  const apikley = createApikley({
    apiKey: 'any-long-key-will-do',
    limits: { creates: { limit: 2, interval: 100 } },
    store,
    onEvent: measured(meter),
    fetch: async () => answers.shift() ?? Response.error(),
  })
  const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square' } as const
  const create = () => apikley.tasks.create('ideogram/v3-reframe', input).catch(() => {})
  await Promise.all([create(), create(), create()])
  await apikley.tasks.wait('task_2').catch(() => {})
  store.get = () => Promise.reject(new Error('no database'))
  await apikley.tasks.recover('key-1').catch(() => {})
  const outcomes = values.filter(([name]) => name === 'apikley.creates')
  expect(outcomes.map(([, attributes]) => attributes)).toEqual([
    { outcome: 'created' },
    { outcome: 'refused', reason: 'insufficient-credits' },
    { outcome: 'unconfirmed' },
  ])
  const others = values.filter(([name]) => name !== 'apikley.creates')
  expect(others).toEqual([
    ['apikley.queue.length', { operation: 'create-task' }],
    ['apikley.queue.delay', { operation: 'create-task' }],
    ['apikley.poll.lateness', undefined],
    ['apikley.store.failures', { call: 'get' }],
  ])
})

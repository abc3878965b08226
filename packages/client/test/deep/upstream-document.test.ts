import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPrism, type Prism } from 'test-kit/prism'
import { createTask } from '../../src/generated/operations.ts'
import { createMockClient } from '../contract/service.ts'
import { MODEL } from '../replies.ts'
import { input } from '../service.ts'

const document = join(import.meta.dirname, `../../../../specs/upstream/market/${MODEL}.yaml`)

const fields = { rendering_speed: 'QUALITY', style: 'DESIGN', num_images: '4', seed: 7 } as const

// The compiled document and the client can have the same mistake. The published one has not.
let upstream: Prism
beforeAll(async () => {
  upstream = await startPrism(document)
})
afterAll(() => upstream.stop())

test.each([
  ['only required fields', {}],
  ['every field', fields],
])('the published document accepts a create with %s, and its answer is read', async (_, more) => {
  const { tasks } = createMockClient(upstream.url)
  const task = { taskId: 'task_ideogram_1765177570132' }
  expect(await tasks.create(MODEL, { ...input, ...more })).toEqual(task)
})

test.each<[string, object]>([
  ['a size that does not exist', { ...input, image_size: 'wide' }],
  ['a number of pictures that is a number', { ...input, num_images: 2 }],
  ['no image', { image_size: 'square' }],
  ['a seed that is text', { ...input, seed: 'seven' }],
])('the published document refuses a create with %s', async (_, wrong) => {
  const client = createMockClient(upstream.url)
  // @ts-expect-error The types refuse it as well.
  const create = createTask(client, { model: MODEL, input: wrong })
  await expect(create).rejects.toMatchObject({ kind: 'rejected', status: 422 })
})

test('the empty 500 of the published document is unconfirmed', async () => {
  const create = createTask(createMockClient(upstream.url, { status: 500 }), {
    model: MODEL,
    input,
  })
  await expect(create).rejects.toMatchObject({ kind: 'unconfirmed', status: 500 })
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPrism, type Prism } from 'test-kit/prism'
import { createTask } from '../../src/generated/operations.ts'
import { createMockClient } from '../contract/service.ts'
import { MODEL } from '../replies.ts'
import { input } from '../service.ts'

const document = join(import.meta.dirname, `../../../../specs/upstream/market/${MODEL}.yaml`)

/** The compiled document and the client can have the same mistake. The published one has not. */
describe('createTask against the published document', () => {
  let upstream: Prism
  beforeAll(async () => {
    upstream = await startPrism(document)
  })
  afterAll(() => upstream.stop())

  test.each([
    ['only required fields', {}],
    [
      'every field',
      { rendering_speed: 'QUALITY', style: 'DESIGN', num_images: '4', seed: 7 } as const,
    ],
  ])('a request with %s is accepted, and its answer is read', async (_, fields) => {
    const { tasks } = createMockClient(upstream.url)
    expect(await tasks.create(MODEL, { ...input, ...fields })).toEqual({
      taskId: 'task_ideogram_1765177570132',
    })
  })

  test.each([
    ['a size that does not exist', { ...input, image_size: 'wide' }],
    ['a number of pictures that is a number', { ...input, num_images: 2 }],
    ['no image', { image_size: 'square' }],
    ['a seed that is text', { ...input, seed: 'seven' }],
  ])('a request with %s is refused', async (_, wrong) => {
    const client = createMockClient(upstream.url)
    // @ts-expect-error The types refuse it as well.
    await expect(createTask(client, { model: MODEL, input: wrong })).rejects.toMatchObject({
      kind: 'rejected',
      status: 422,
    })
  })

  test('the documented empty 500 is unconfirmed', async () => {
    const client = createMockClient(upstream.url, { status: 500 })
    await expect(createTask(client, { model: MODEL, input })).rejects.toMatchObject({
      kind: 'unconfirmed',
      status: 500,
    })
  })
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPrism, type Prism } from 'test-kit/prism'
import { createTask } from '../src/generated/operations.ts'
import { prism } from './prism.ts'
import { input } from './service.ts'

const document = join(
  import.meta.dirname,
  '../../../specs/upstream/market/ideogram/v3-reframe.yaml',
)

/**
 * What we make of the document could be wrong in the same way in the client and in the compiled
 * document; the published one is nobody's work here.
 */
describe('createTask against the document as it is published', () => {
  let upstream: Prism
  const client = (): ReturnType<typeof prism> => prism({}, { baseUrl: upstream.url })

  beforeAll(async () => {
    upstream = await startPrism(document)
  })
  afterAll(() => upstream.stop())

  test('the request is accepted, the answer is read', async () => {
    expect(await client().tasks.create('ideogram/v3-reframe', input)).toEqual({
      taskId: 'task_ideogram_1765177570132',
    })
  })

  test('with every field', async () => {
    const all = {
      ...input,
      rendering_speed: 'QUALITY',
      style: 'DESIGN',
      num_images: '4',
      seed: 7,
    } as const
    await expect(client().tasks.create('ideogram/v3-reframe', all)).resolves.toBeDefined()
  })

  test.each([
    ['a size that does not exist', { ...input, image_size: 'wide' }],
    ['a number of pictures that is a number', { ...input, num_images: 2 }],
    ['no image', { image_size: 'square' }],
    ['a seed that is text', { ...input, seed: 'seven' }],
  ])('%s is refused', async (_, wrong) => {
    await expect(
      // @ts-expect-error the types refuse it as well
      createTask(client(), { model: 'ideogram/v3-reframe', input: wrong }),
    ).rejects.toMatchObject({
      kind: 'rejected',
      status: 422,
    })
  })

  test('its empty 500 is unconfirmed', async () => {
    await expect(
      createTask(prism({ status: 500 }, { baseUrl: upstream.url }), {
        model: 'ideogram/v3-reframe',
        input,
      }),
    ).rejects.toMatchObject({
      kind: 'unconfirmed',
      status: 500,
    })
  })
})

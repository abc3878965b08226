import { expect, test } from 'vitest'
import { isObject } from '../src/document.ts'
import { createPath, input, model, service, upload } from './service.ts'

const TEN_MB = 10 * 2 ** 20

test.each<[string, string, number, number]>([
  ['a PNG of the largest size', 'image/png', TEN_MB, 200],
  ['a larger PNG', 'image/png', TEN_MB + 1, 500],
  ['a PDF', 'application/pdf', 5, 500],
])('a create with %s that was uploaded before', async (_, type, size, code) => {
  const { simulator, post, credits } = service()
  const { data } = await upload(simulator, new Blob([new Uint8Array(size)], { type }))
  const image_url: unknown = isObject(data) && data.downloadUrl
  const before = Number(await credits())
  const created = await post(createPath, { model, input: { ...input, image_url } })
  expect(created).toMatchObject({ code })
  expect(Number(await credits()) < before).toBe(code === 200)
})

test.each(['./cat.png', 'iVBORw0KGgo=', 'file:///cat.png', 'data:image/png;base64,AAAA'])(
  'a create with %s in place of a URL is refused',
  async (image_url) => {
    const body = { model, input: { ...input, image_url } }
    const msg = 'image_url should be an http or https URL'
    expect(await service().post(createPath, body)).toMatchObject({ code: 500, msg })
  },
)

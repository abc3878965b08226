import { expect, test } from 'vitest'
import { isObject } from '../src/document.ts'
import { headers, input, model, service } from './service.ts'

const TEN_MB = 10 * 2 ** 20

test.each<[string, string, number, number]>([
  ['a PNG of the largest size', 'image/png', TEN_MB, 200],
  ['a larger PNG', 'image/png', TEN_MB + 1, 500],
  ['a PDF', 'application/pdf', 5, 500],
])('a create with %s that was uploaded before', async (_, type, size, code) => {
  const { simulator, post, credits } = service()
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(size)], { type }), 'file')
  form.append('uploadPath', 'uploads')
  const uploaded = await simulator.fetch(
    'https://api.apikley.ru/file-upload/api/file-stream-upload',
    { method: 'POST', headers: { authorization: headers.authorization }, body: form },
  )
  const { data } = await uploaded.json()
  const image_url: unknown = isObject(data) && data.downloadUrl
  const before = Number(await credits())
  const created = await post('/api/v1/jobs/createTask', { model, input: { ...input, image_url } })
  expect(created).toMatchObject({ code })
  expect(Number(await credits()) < before).toBe(code === 200)
})

test.each(['./cat.png', 'iVBORw0KGgo=', 'file:///cat.png', 'data:image/png;base64,AAAA'])(
  'a create with %s in place of a URL is refused',
  async (image_url) => {
    const body = { model, input: { ...input, image_url } }
    const msg = 'image_url should be an http or https URL'
    expect(await service().post('/api/v1/jobs/createTask', body)).toMatchObject({ code: 500, msg })
  },
)

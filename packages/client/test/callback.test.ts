import { createServer } from 'node:http'
import type { components, KnownValues, ModelRequest } from '@apikley/types'
import { expect, expectTypeOf, test } from 'vitest'
import { createTask } from '../src/generated/operations.ts'
import { prism, type RequiredKeys } from './prism.ts'
import { input } from './service.ts'

const expected = {
  code: 200,
  msg: 'Playground task completed successfully.',
  data: {
    taskId: 'task_ideogram_1765177570132',
    model: 'ideogram/v3-reframe',
    state: 'success',
    param:
      '{"input":"{\\"image_url\\":\\"https://files.example.com/source.webp\\",\\"image_size\\":\\"square_hd\\"}","model":"ideogram/v3-reframe"}',
    resultJson: '{"resultUrls":["https://files.example.com/result.webp"]}',
    costTime: 8,
    completeTime: 1_765_177_578_540,
    createTime: 1_765_177_570_132,
    updateTime: 1_765_177_578_540,
    consumeCredits: 3.5,
    remainedCredits: 1493,
  },
} satisfies components['schemas']['TaskCallback']

test('the callback that is asked for is posted, and has the type that it is said to have', async () => {
  let received = (_body: string): void => {}
  const posted = new Promise<string>((resolve) => (received = resolve))
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.end('{}')
      received(Buffer.concat(chunks).toString())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  try {
    const callBackUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/callback`
    const request = {
      model: 'ideogram/v3-reframe',
      input,
      callBackUrl,
    } satisfies ModelRequest<'ideogram/v3-reframe'>
    const { taskId } = await createTask(prism(), request)
    const callback: unknown = JSON.parse(await posted)
    expect(callback).toEqual(expected)
    expect(callback).toMatchObject({ data: { taskId } })
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

test('a callback says success or failure by its code, and always which task it is about', () => {
  type Callback = components['schemas']['TaskCallback']
  expectTypeOf<RequiredKeys<Callback>>().toEqualTypeOf<'code' | 'msg' | 'data'>()
  expectTypeOf<RequiredKeys<Callback['data']>>().toEqualTypeOf<'taskId' | 'model' | 'state'>()
  expectTypeOf<KnownValues['TaskCallback.code']>().toEqualTypeOf<200 | 501>()
})

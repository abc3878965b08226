import { text } from 'node:stream/consumers'
import type { components, KnownValues } from '@apikley/types'
import { listen } from 'test-kit/listen'
import { expect, expectTypeOf, inject, test, vi } from 'vitest'
import { createTask } from '../src/generated/operations.ts'
import { createMockClient } from './contract/service.ts'
import type { RequiredKeys } from './contract/tables.ts'
import { MODEL } from './replies.ts'
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

test('Prism posts the callback that a create asks for, and it has its documented type', async () => {
  const posted: Promise<string>[] = []
  const receiver = await listen((request, response) => {
    posted.push(text(request))
    response.end('{}')
  })
  try {
    const callBackUrl = `${receiver.url}/callback`
    const { taskId } = await createTask(createMockClient(inject('prism')), {
      model: MODEL,
      input,
      callBackUrl,
    })
    await vi.waitFor(() => expect(posted).toHaveLength(1))
    const callback: unknown = JSON.parse((await posted[0]) ?? '')
    expect(callback).toEqual(expected)
    expect(callback).toMatchObject({ data: { taskId } })
  } finally {
    await receiver.stop()
  }
})

test('a callback always has a code, a message and a task', () => {
  type Callback = components['schemas']['TaskCallback']
  expectTypeOf<RequiredKeys<Callback>>().toEqualTypeOf<'code' | 'msg' | 'data'>()
  expectTypeOf<RequiredKeys<Callback['data']>>().toEqualTypeOf<'taskId' | 'model' | 'state'>()
  expectTypeOf<KnownValues['TaskCallback.code']>().toEqualTypeOf<200 | 501>()
})

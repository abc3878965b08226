import { text } from 'node:stream/consumers'
import type { components, KnownValues } from '@apikley/types'
import { listen } from 'test-kit/listen'
import { expect, expectTypeOf, inject, test, vi } from 'vitest'
import { createTask } from '../src/generated/operations.ts'
import { createMockClient } from './contract/service.ts'
import type { RequiredKeys } from './contract/tables.ts'
import { MODEL } from './replies.ts'
import { input } from './service.ts'

test('Prism posts the documented callback that a create asks for', async () => {
  const posted: Promise<string>[] = []
  const receiver = await listen((request, response) => {
    posted.push(text(request))
    response.end('{}')
  })
  try {
    const callBackUrl = `${receiver.url}/callback`
    const client = createMockClient(inject('prism'))
    const { taskId } = await createTask(client, { model: MODEL, input, callBackUrl })
    await vi.waitFor(() => expect(posted).toHaveLength(1))
    const callback: components['schemas']['TaskCallback'] = JSON.parse((await posted[0]) ?? '')
    expect(callback).toMatchObject({ code: 200, data: { taskId, state: 'success', model: MODEL } })
    expect(callback.data.resultJson).toContain('resultUrls')
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

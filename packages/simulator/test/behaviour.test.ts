import { expect, test } from 'vitest'
import { createPath, input, model, recordPath, service } from './service.ts'

test('reported: errors are codes in the body of HTTP 200', async () => {
  const { post, get } = service()
  const refused = { status: 200, code: 500 }
  expect(await post(createPath, { model, input: {} })).toMatchObject(refused)
  const missing = { status: 200, code: 400, msg: 'taskId parameter is required' }
  expect(await get(recordPath)).toMatchObject(missing)
})

test('reported: a finished task has seconds, and its input is encoded twice', async () => {
  const { ended } = await service({ latency: 8400 }).finish()
  expect(JSON.parse(JSON.parse(String(ended.param)).input)).toEqual(input)
  // The update time never moves.
  const { createTime: updateTime } = ended
  const failure = { failCode: null, failMsg: null }
  expect(ended).toMatchObject({ ...failure, costTime: 8, creditsConsumed: 3.5, updateTime })
})

test('documented: errors are HTTP statuses', async () => {
  const { post, get } = service({ behaviour: 'documented' })
  const refused = { status: 422, code: 422 }
  expect(await post(createPath, { model, input: {} })).toMatchObject(refused)
  const unknown = { status: 404, msg: 'Task not found' }
  expect(await get(`${recordPath}?taskId=none`)).toMatchObject(unknown)
})

test('documented: a new task is known at once, and its input is an object', async () => {
  const { create, record, finish } = service({ behaviour: 'documented' })
  expect(await record(await create())).toMatchObject({ state: 'waiting' })
  expect(JSON.parse(String((await finish()).ended.param)).input).toEqual(input)
})

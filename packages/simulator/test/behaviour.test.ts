import { describe, expect, test } from 'vitest'
import type { Behaviour } from '../src/index.ts'
import { input, model, service } from './service.ts'

async function ended(behaviour: Behaviour): Promise<Record<string, unknown>> {
  const { create, record, clock } = service({ behaviour, latency: 8400 })
  const taskId = await create()
  await clock.advance(10_000)
  return { ...(await record(taskId)) }
}

describe('as reported', () => {
  test('errors are codes in the body of HTTP 200', async () => {
    const { post, get } = service()
    expect(await post('/api/v1/jobs/createTask', { model, input: {} })).toMatchObject({
      status: 200,
      code: 500,
    })
    expect(await get('/api/v1/jobs/recordInfo')).toMatchObject({
      status: 200,
      code: 400,
      msg: 'taskId parameter is required',
    })
  })

  test('a finished task: input encoded twice, seconds, null where nothing failed, an update time that never moved', async () => {
    const record = await ended('reported')
    expect(JSON.parse(JSON.parse(String(record.param)).input)).toEqual(input)
    expect(record).toMatchObject({
      costTime: 8,
      failCode: null,
      failMsg: null,
      creditsConsumed: 3.5,
      updateTime: record.createTime,
    })
  })
})

describe('as documented', () => {
  test('errors are HTTP statuses', async () => {
    const { post, get } = service({ behaviour: 'documented' })
    expect(await post('/api/v1/jobs/createTask', { model, input: {} })).toMatchObject({
      status: 422,
      code: 422,
    })
    expect(await get('/api/v1/jobs/recordInfo?taskId=none')).toMatchObject({
      status: 404,
      msg: 'Task not found',
    })
  })

  test('the input of a finished task is an object', async () => {
    const record = await ended('documented')
    expect(JSON.parse(String(record.param)).input).toEqual(input)
  })

  test('a new task is known at once', async () => {
    const { create, record } = service({ behaviour: 'documented' })
    expect(await record(await create())).toMatchObject({ state: 'waiting' })
  })
})

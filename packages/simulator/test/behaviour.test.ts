import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { differences } from '../src/behaviour.ts'
import type { BehaviourChoice } from '../src/index.ts'
import { input, model, service } from './service.ts'

async function ended(behaviour: BehaviourChoice): Promise<Record<string, unknown>> {
  const { create, record, clock } = service({
    behaviour,
    latency: 8400,
    check: typeof behaviour === 'string',
  })
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
      message: 'Task not found',
    })
  })

  test('a finished task: an object as input, milliseconds, empty where nothing failed', async () => {
    const record = await ended('documented')
    expect(JSON.parse(String(record.param)).input).toEqual(input)
    expect(record).toMatchObject({
      costTime: 8400,
      failCode: '',
      failMsg: '',
      updateTime: record.completeTime,
    })
    expect(record).not.toHaveProperty('creditsConsumed')
  })

  test('a new task is known at once, and createTask sends nothing but its id', async () => {
    const { post, record } = service({ behaviour: 'documented' })
    const { data } = await post('/api/v1/jobs/createTask', { model, input })
    expect(Object.keys(Object(data))).toEqual(['taskId'])
    expect(await record(Object(data).taskId)).toMatchObject({ state: 'waiting', resultJson: null })
  })
})

test('single differences can be switched, also to what no schema allows', async () => {
  expect(await ended({ result: 'object', costTime: 'milliseconds' })).toMatchObject({
    resultJson: { resultUrls: [expect.any(String)] },
    costTime: 8400,
  })
  const { get } = service({ behaviour: { messageKey: 'message' }, check: false })
  expect(await get('/api/v1/jobs/recordInfo?taskId=none')).toEqual({
    status: 200,
    code: 422,
    message: 'recordInfo is null',
    data: null,
  })
})

test('the README lists every difference', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
  const cells = Object.entries(differences).map(([name, { what, reported, documented }]) =>
    [
      `\`${name}\``,
      what,
      `\`${JSON.stringify(reported).replaceAll('"', "'")}\``,
      `\`${JSON.stringify(documented).replaceAll('"', "'")}\``,
    ].join(' | '),
  )
  const rows = readme.split('\n').map((line) =>
    line
      .slice(2, -2)
      .replaceAll(/ +\| +/g, ' | ')
      .trim(),
  )
  expect(rows).toEqual(expect.arrayContaining(cells))
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Fault, type SimulatorServer } from '../src/index.ts'
import { createPath, headers, input, model, service } from './service.ts'

/** The answer to a createTask, or how the connection failed. */
async function attempt(
  fetch: typeof globalThis.fetch,
  base: string,
): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ model, input })
  try {
    const response = await fetch(base + createPath, { method: 'POST', headers, body })
    const { status } = response
    const type = response.headers.get('content-type')
    const retryAfter = response.headers.get('retry-after')
    const text = await response.text().catch((error: unknown) => error)
    return text instanceof TypeError
      ? { status, bodyBroke: true }
      : { status, type, retryAfter, body: text }
  } catch (error) {
    const { message, cause } = Object(error)
    return { error: message, code: Object(cause).code }
  }
}

const isCreated = { status: 200, body: expect.stringContaining('taskId') }
const isHalf = { status: 200, body: expect.stringMatching(/^\{"code":200[^}]*$/) }

const cases: readonly [name: string, fault: Fault, seen: object, charged: number][] = [
  ['a status', { fault: 'status', status: 503, retryAfter: 7 }, { retryAfter: '7' }, 0],
  ['a body', { fault: 'status', status: 503, body: 'busy' }, { status: 503, body: 'busy' }, 0],
  ['a code', { fault: 'code', code: 455, msg: 'Later' }, { status: 200 }, 0],
  ['a code after acceptance', { fault: 'code', code: 500, accepted: true }, { status: 200 }, 1],
  ['a delay', { fault: 'delay', ms: 20 }, isCreated, 1],
  ['a reset', { fault: 'reset' }, { error: 'fetch failed' }, 0],
  ['a reset after acceptance', { fault: 'reset', accepted: true }, { error: 'fetch failed' }, 1],
  ['half a body', { fault: 'truncate' }, isHalf, 1],
  ['half a body and a reset', { fault: 'break' }, { status: 200, bodyBroke: true }, 1],
  ["a gateway's page", { fault: 'html' }, { status: 502, type: 'text/html' }, 0],
  ['a slow body', { fault: 'drip', ms: 1, bytes: 20 }, isCreated, 1],
  ['an empty 500', { fault: 'empty' }, { status: 500, body: '' }, 0],
  ['a content type', { fault: 'content-type', type: 'text/plain' }, { type: 'text/plain' }, 1],
]

describe.each(cases)('%s', (_, fault, seen, charged) => {
  test('in process', async () => {
    const { simulator, clock } = service({ faults: [fault] })
    expect(await clock.settle(attempt(simulator.fetch, 'http://any'))).toMatchObject(seen)
    expect(simulator.journal.charged).toBe(charged)
    expect(simulator.journal.requests[0]?.fault).toBe(fault.fault)
    expect(clock.pending).toBe(0)
  })

  test('over HTTP, once', async () => {
    server.control.reset()
    server.control.addFaults(fault)
    expect(await attempt(fetch, server.url)).toMatchObject(seen)
    expect(server.journal.charged).toBe(charged)
    expect(await attempt(fetch, server.url)).toMatchObject(isCreated)
  })
})

let server: SimulatorServer
beforeAll(async () => {
  server = await startSimulator()
})
afterAll(() => server.stop())

test('a fault can refuse connections in process, and resets them behind a port', async () => {
  const { simulator } = service({ faults: [{ fault: 'refuse' }] })
  const refused = { error: 'fetch failed', code: 'ECONNREFUSED' }
  expect(await attempt(simulator.fetch, 'http://any')).toEqual(refused)
  server.control.addFaults({ fault: 'refuse' })
  expect(await attempt(fetch, server.url)).toMatchObject({ error: 'fetch failed' })
})

test('a fault can hang until the caller or the simulator ends the request', async () => {
  const { simulator } = service({ faults: [{ fault: 'hang', times: 2, accepted: true }] })
  const caller = new AbortController()
  const { signal } = caller
  const first = simulator.fetch('http://any/api/v1/chat/credit', { headers, signal })
  const second = simulator.fetch('http://any/api/v1/chat/credit', { headers })
  caller.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  await simulator.stop()
  const reset = { message: 'fetch failed', cause: { code: 'ECONNRESET' } }
  await expect(second).rejects.toMatchObject(reset)
})

test('a slow body ends when the client cancels it', async () => {
  const { simulator, clock } = service({ faults: [{ fault: 'drip', ms: 5, bytes: 30 }] })
  const { body } = await simulator.fetch('http://any/api/v1/chat/credit', { headers })
  const reader = body?.getReader()
  await reader?.read()
  const second = reader?.read()
  await new Promise((resolve) => setImmediate(resolve))
  expect(clock.pending).toBe(1)
  await reader?.cancel()
  await second
  expect(clock.pending).toBe(0)
})

test('a fault can send Retry-After as a date', async () => {
  const fault = { fault: 'status', status: 429, retryAfter: { date: 8 } } as const
  const { simulator, clock } = service({ faults: [fault] })
  const { retryAfter } = await attempt(simulator.fetch, 'http://any')
  expect(Date.parse(String(retryAfter))).toBe(Math.floor((clock.now() + 8000) / 1000) * 1000)
})

test('a fault strikes its operation only, after `skip` requests and `times` times', async () => {
  const { create, get, simulator } = service({
    faults: [{ fault: 'empty', operation: 'get-account-credits', skip: 1, times: 2 }],
  })
  await create()
  const statuses: number[] = []
  for (let count = 0; count < 4; count++) {
    const response = await simulator.fetch('http://any/api/v1/chat/credit', { headers })
    statuses.push(response.status)
  }
  expect(statuses).toEqual([200, 500, 500, 200])
  expect(await get('/api/v1/chat/credit')).toMatchObject({ code: 200 })
})

test.each<[object, string]>([
  [{ fault: 'dely' }, 'faults[0].fault should be one of status, '],
  [{ fault: 'delay' }, 'faults[0] needs ms'],
  [{ fault: 'delay', ms: 1, operation: 'create-task', when: 'now' }, 'faults[0] has no when'],
  [{ fault: 'delay', ms: '5' }, 'faults[0].ms should be number'],
  [{ fault: 'hang', operation: 'create-tsk' }, 'faults[0].operation should be one of '],
])('a fault is refused when it is not valid: %j', (fault, message) => {
  const { simulator } = service()
  // @ts-expect-error what a scenario file may hold
  expect(() => simulator.control.addFaults(fault)).toThrow(message)
})

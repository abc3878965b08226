import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSimulator, type SimulatorServer } from '../src/index.ts'
import type { JsonObject } from '../src/document.ts'
import { createPath, headers, input, model, recordPath } from './service.ts'

let server: SimulatorServer
beforeAll(async () => {
  server = await startSimulator({ latency: 60_000, invisibleFor: 0 })
})
afterAll(() => server.stop())
beforeEach(() => server.control.reset())

async function control(
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/__simulator${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...Object(await response.json()) }
}

/** `fetch` does not let a program choose the host header. */
async function status(more: Record<string, string>): Promise<number | undefined> {
  const sent = request(`${server.url}/__simulator/journal`, { headers: more }).end()
  const [response]: [IncomingMessage] = Object(await once(sent, 'response'))
  response.resume()
  return response.statusCode
}

/** The answer of the service to a request over HTTP. */
async function call(path: string, sent?: object): Promise<JsonObject> {
  const init = sent && { method: 'POST', body: JSON.stringify(sent) }
  const response = await fetch(server.url + path, { headers, ...init })
  return { status: response.status, ...Object(await response.json().catch(() => ({}))) }
}

test('a shell reads the journal, adds faults and outcomes, and resets the simulator', async () => {
  const fault = { fault: 'empty', operation: 'get-account-credits' }
  expect(await control('POST', '/faults', fault)).toMatchObject({ status: 200 })
  expect(await call('/api/v1/chat/credit')).toMatchObject({ status: 500 })
  await control('POST', '/outcomes', [{ state: 'fail', failMsg: 'Refused' }])
  const { taskId } = Object((await call(createPath, { model, input })).data)
  const state = async (): Promise<unknown> => (await call(`${recordPath}?taskId=${taskId}`)).data
  expect(await state()).toMatchObject({ state: 'waiting' })
  await server.clock.advance(60_000)
  expect(await state()).toMatchObject({ state: 'fail', failMsg: 'Refused' })
  const journal = { charged: 1, received: 4, tasks: [{ taskId }] }
  expect(await control('GET', '/journal')).toMatchObject(journal)
  expect(await control('POST', '/reset')).toMatchObject({ done: true })
  expect(await control('GET', '/journal')).toMatchObject({ charged: 0, requests: [] })
})

test.each<[string, unknown, RegExp]>([
  ['POST /faults', { fault: 'delay' }, /faults\[0\] needs ms/],
  ['POST /outcomes', { state: 'maybe' }, /outcomes\[0\]\.state should be one of "success"/],
])('%s refuses %j', async (route, body, message) => {
  const [method = '', path = ''] = route.split(' ')
  const error = expect.stringMatching(message)
  expect(await control(method, path, body)).toMatchObject({ status: 400, error })
})

test.each<[string, Record<string, string>]>([
  ['a name that resolves to this machine', { host: 'rebound.example:4011' }],
  ['a page of another site', { origin: 'https://evil.example' }],
  ['a page of another site that hides its origin', { 'sec-fetch-site': 'cross-site' }],
  ['a page on another port', { origin: 'http://127.0.0.1:1' }],
  ['a sandboxed page', { origin: 'null' }],
  ['a request that a proxy forwarded', { via: '1.1 proxy' }],
  ['a request that a proxy forwarded for a client', { 'x-forwarded-for': '203.0.113.1' }],
  ['a request with the standard forwarding header', { forwarded: 'for=203.0.113.1' }],
])('the controls are closed to %s', async (_, more) => {
  expect(await status(more)).toBe(403)
})

test('the controls are closed to a callback of the simulator itself', async () => {
  server.control.addOutcomes({ callback: 'early' })
  const callBackUrl = `${server.url}/__simulator/reset`
  await call(createPath, { model, input, callBackUrl })
  expect(server.journal.charged).toBe(1)
  expect(server.journal.callbacks).toMatchObject([{ status: 403 }])
})

test('the controls are closed to a URL upload of the simulator itself', async () => {
  const fileUrl = `${server.url}/__simulator/journal`
  const msg = 'fileUrl could not be fetched: HTTP 403'
  const answer = await call('/api/file-url-upload', { fileUrl, uploadPath: 'pictures' })
  expect(answer).toMatchObject({ code: 400, msg })
})

test('programs and persons on this machine may call the controls', async () => {
  expect(await status({})).toBe(200)
  expect(await status({ 'sec-fetch-site': 'none' })).toBe(200)
  expect(await status({ host: `localhost:${server.port}` })).toBe(200)
})

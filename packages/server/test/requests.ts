import type { Fault } from '@apikley/simulator'
import { expect } from 'vitest'
import { createProxyHandler, type ProxyHandler, type ProxyOptions } from '../src/index.ts'
import { input, key, post, request, secret, type World } from 'test-kit/world'

export const model = 'ideogram/v3-reframe'
export const createTaskPath = '/api/v1/jobs/createTask'
export const uploadPath = '/file-upload/api/file-stream-upload'
export const uploadFromUrlPath = '/file-upload/api/file-url-upload'
export const creditsPath = '/api/v1/chat/credit'
export const downloadUrlPath = '/api/v1/common/download-url'

/** A request to create a task. */
export function create(attemptId?: string, headers: Record<string, string> = {}): Request {
  const idempotencyKey = attemptId === undefined ? {} : { 'idempotency-key': attemptId }
  return post(createTaskPath, { model, input }, { ...idempotencyKey, ...headers })
}

/** A request to read a task. */
export function read(handle: string, init?: RequestInit): Request {
  return request(`/api/v1/jobs/recordInfo?taskId=${handle}`, init)
}

/** A request to upload a file. */
export function upload(
  body: BodyInit = 'bytes',
  headers: Record<string, string> = {},
  query = '',
): Request {
  return request(`${uploadPath}${query}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'image/png', ...headers },
    ...{ duplex: 'half' },
  })
}

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** Sends a request to a proxy, and lets time pass until the response arrives. */
export async function send(
  { clock, proxy }: Pick<World, 'clock' | 'proxy'>,
  sent: Request,
): Promise<Received> {
  const response = await clock.settle(proxy.fetch(sent))
  const text = await response.text()
  const { status, headers } = response
  return { status, headers, text, body: JSON.parse(text || 'null') }
}

/** Another instance of the same server, with its own memory. */
export function instanceOf(
  { clock, simulator }: World,
  options: Partial<ProxyOptions> = {},
): ProxyHandler {
  return createProxyHandler(
    {
      apiKey: key,
      secret,
      models: [model],
      authorize: ({ headers }) => headers.get('x-user'),
      fetch: simulator.fetch,
      onError: () => {},
      ...options,
    },
    { clock, env: {} },
  )
}

/** A fault of the service that hits creates. */
export const onCreate = (fault: Fault): Fault => ({ ...fault, operation: 'create-task' })

/** A fault of the service that hits reads of tasks. */
export const onRead = (fault: Fault): Fault => ({ ...fault, operation: 'get-task-details' })

/** The fetch of a page, which reaches a handler as a user. */
export function fetchThrough(handler: ProxyHandler['fetch'], user = 'ann'): typeof fetch {
  return (url, init) => {
    const sent = new Request(url, init)
    sent.headers.set('x-user', user)
    return handler(sent)
  }
}

/** The error of a promise that rejects. */
export function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error)
}

export function configurationError(message: string): unknown {
  return expect.objectContaining({
    kind: 'configuration',
    message: expect.stringContaining(message),
  })
}

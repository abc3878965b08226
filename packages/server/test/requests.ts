import type { Store } from '@apikley/client'
import type { Fault } from '@apikley/simulator'
import { expect } from 'vitest'
import { createProxyHandler, type ProxyHandler, type ProxyOptions } from '../src/index.ts'
import { input, inWholeMs, key, post, request, secret, world, type World } from 'test-kit/world'

export const model = 'ideogram/v3-reframe'

/** A proxy and its clock. */
export type Served = Pick<World, 'clock' | 'proxy'>

/** A request to create a task with a key of `makeKey`. */
export function create(idempotencyKey: string, headers: Record<string, string> = {}): Request {
  return post('/tasks', { model, input }, { 'idempotency-key': idempotencyKey, ...headers })
}

/** A request to read a task. */
export function read(handle: string, init?: RequestInit): Request {
  return request(`/tasks/${handle}`, init)
}

/** A request for the outcome of a key. */
export function recover(idempotencyKey: string, init?: RequestInit): Request {
  return request(`/keys/${idempotencyKey}`, init)
}

/** A request to upload a file. */
export function upload(
  body: BodyInit = 'bytes',
  headers: Record<string, string> = {},
  query = '',
): Request {
  return request(`/files${query}`, {
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
export async function send({ clock, proxy }: Served, sent: Request): Promise<Received> {
  const response = await clock.settle(proxy.fetch(sent))
  const text = await response.text()
  const { status, headers } = response
  return { status, headers, text, body: JSON.parse(text || 'null') }
}

/** The `data` of a response, which has to be an object with this field. */
export function fieldOf({ text }: Received, field: string): string {
  const { data }: { readonly data?: Readonly<Record<string, unknown>> | null } = JSON.parse(text)
  const value = data?.[field]
  if (typeof value !== 'string') {
    throw new Error(`The response has no ${field}: ${text}`)
  }
  return value
}

/** Makes an idempotency key for a user. */
export async function makeKey(served: Served, user = 'ann'): Promise<string> {
  const init = { method: 'POST', headers: { 'x-user': user } }
  return fieldOf(await send(served, request('/keys', init)), 'key')
}

/** A world, and an idempotency key of the user ann. */
export async function keyedWorld(...given: Parameters<typeof world>): Promise<[World, string]> {
  const all = world(...given)
  return [all, await makeKey(all)]
}

/** Makes a key and creates a task with it. */
export async function sendCreate(
  served: Served,
  headers: Record<string, string> = {},
): Promise<Received> {
  const { 'x-user': user } = headers
  return send(served, create(await makeKey(served, user), headers))
}

/** Another instance of the same server, with its own memory. */
export function instanceOf(
  { clock, simulator }: Pick<World, 'clock' | 'simulator'>,
  options: Partial<ProxyOptions> = {},
): Served & { readonly errors: unknown[] } {
  const errors: unknown[] = []
  const proxy = createProxyHandler(
    {
      apiKey: key,
      secret,
      models: [model],
      authorize: ({ headers }) => headers.get('x-user'),
      fetch: simulator.fetch,
      onError: (error) => errors.push(error),
      ...options,
    },
    { clock: inWholeMs(clock), env: {} },
  )
  return { clock, proxy, errors }
}

/** The methods of a store as plain functions, so that a test can replace some of them. */
export function methodsOf(given: Store | (() => Store)): Store {
  const store = (): Store => (typeof given === 'function' ? given() : given)
  return {
    get: (name) => store().get(name),
    swap: (...rest) => store().swap(...rest),
    reserve: (...rest) => store().reserve(...rest),
    cancel: (...rest) => store().cancel(...rest),
    publish: (...rest) => store().publish(...rest),
    subscribe: (...rest) => store().subscribe(...rest),
  }
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

/** The answer to a create that may have been charged. */
export const isUnconfirmed = {
  code: 502,
  error: { kind: 'unconfirmed', charge: 'possible' },
}

/** Reads the outcome of a key as the user ann. */
export const recovered = async (served: Served, idempotencyKey: string): Promise<unknown> =>
  (await send(served, recover(idempotencyKey))).body

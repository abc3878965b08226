import type { ApikleyError, ApikleyErrorKind } from '@apikley/client'
import type { Operation } from './operation.ts'
import type { Proxy } from './proxy.ts'

/**
 * HTTP status and code of an answer, by the kind of an error that came from the service. They are chosen so that every client takes them for what
 * they are, also one that does not look at `error`: for createTask a number from the service's list of refusals, or else a 5xx, which leaves open
 * whether a task was bought.
 */
const numbers: Readonly<Record<ApikleyErrorKind, readonly [status: number, code: number]>> = {
  unconfirmed: [502, 502],
  timeout: [504, 504],
  'task-failed': [502, 501],
  'invalid-input': [422, 422],
  configuration: [500, 505],
  authentication: [502, 401],
  'insufficient-credits': [402, 402],
  'not-found': [404, 404],
  rejected: [422, 422],
  'rate-limited': [429, 429],
  'key-limit': [503, 433],
  maintenance: [503, 455],
  'feature-disabled': [503, 505],
  server: [502, 502],
  connection: [502, 502],
  'unexpected-response': [502, 502],
}

/** For createTask: no connection was opened, so nothing was bought, and the numbers have to say that. */
const neverSent: readonly [number, number] = [503, 505]

/** What an answer depends on. */
interface Asked {
  readonly operation?: Operation
  readonly proxy?: Proxy
}

export function errorAnswer(error: ApikleyError, { operation, proxy }: Asked): Response {
  const { kind, message, code, msg, status, retryAfter } = error
  const [httpStatus, number] = numbersOf(kind, code, status === undefined, operation?.charged === true)
  return jsonAnswer({ code: number, msg: msg ?? message, data: null, error: error.toJSON() }, httpStatus, proxy, retryAfter)
}

function numbersOf(kind: ApikleyErrorKind, code: number | undefined, own: boolean, charged: boolean): readonly [number, number] {
  if (code !== undefined && own) return [code, code]
  // In the service's own way, because any error status would say more than is known.
  if (charged && kind === 'unexpected-response' && code !== undefined) return [200, code]
  return charged && kind === 'connection' ? neverSent : numbers[kind]
}

export function dataAnswer(data: unknown, { proxy }: Asked): Response {
  return jsonAnswer({ code: 200, msg: 'success', data }, 200, proxy)
}

/** @param retryAfter in ms */
function jsonAnswer(body: object, status: number, proxy: Proxy | undefined, retryAfter?: number): Response {
  const text = JSON.stringify(body)
  return new Response(proxy?.apikley.transport.key.redact(text) ?? text, {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter / 1000)) }),
    },
  })
}

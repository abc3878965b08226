import type { ApikleyError, ApikleyErrorKind } from '@apikley/client'

/**
 * HTTP status of an answer, and the code in it where that is another, by the kind of an error that
 * came from the service. They are chosen so that every client takes the answer for what it is, also
 * one that does not look at `error`: for createTask a number from the service's list of refusals,
 * or else 502, which leaves open whether a task was bought.
 */
const numbers: { readonly [kind in ApikleyErrorKind]?: readonly [status: number, code?: number] } =
  {
    'task-failed': [502, 501],
    'invalid-input': [422],
    configuration: [500, 505],
    authentication: [502, 401],
    'insufficient-credits': [402],
    'not-found': [404],
    rejected: [422],
    'rate-limited': [429],
    'key-limit': [503, 433],
    maintenance: [503, 455],
    'feature-disabled': [503, 505],
  }

/** @param charged whether the operation buys something */
export function errorAnswer(error: ApikleyError, charged: boolean | undefined): Response {
  const { kind, message, code, msg, status, retryAfter } = error
  const own = status === undefined && code !== undefined && code >= 400 && code <= 599
  // No connection was opened, so nothing was bought; and of what means nothing, an error status
  // would say more than is known.
  const other: typeof numbers = charged
    ? { connection: [503, 455], 'unexpected-response': [200, code ?? 502] }
    : {}
  const [httpStatus, number = httpStatus] = (own ? [code] : (other[kind] ?? numbers[kind])) ?? [502]
  const answer = jsonAnswer({ code: number, msg: msg ?? message, data: null, error }, httpStatus)
  if (retryAfter !== undefined) {
    answer.headers.set('retry-after', String(Math.ceil(retryAfter / 1000)))
  }
  return answer
}

/** @param redact takes the key out of the texts in it, should the service have repeated it */
export function jsonAnswer(
  body: object,
  status: number,
  redact: (text: string) => string = String,
): Response {
  const text = JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
  return new Response(text, {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}

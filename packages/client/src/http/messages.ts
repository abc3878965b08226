import {
  ApikleyError,
  chargeOf,
  type ApikleyErrorData,
  type ApikleyErrorKind,
  type Charge,
} from '../errors.ts'
import type { Answer, ResponseKind } from './classify.ts'

/** Longer texts of the service are cut. */
export const MAX_QUOTED_CHARACTERS = 500

const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-trace-id', 'cf-ray']

/** Plain texts, without a reference: bundlers would keep one beside an error alone. */
const MAY_BE_CHARGED: string =
  'The task may have been created and charged. tasks.recover(error.idempotencyKey) may know. ' +
  'Check the account at https://app.apikley.ru before you create the task again.'

const SENTENCES: Readonly<Record<Charge, string>> = {
  none: 'Nothing was charged.',
  possible: MAY_BE_CHARGED,
  charged: 'The task is charged.',
  refunded: 'Nothing was charged.',
}

/** Makes an error whose message states its `charge`, unless a proxy or a cause has stated it. */
export function createError(data: ApikleyErrorData & { readonly cause?: unknown }): ApikleyError {
  const charge = data.charge ?? chargeOf(data)
  const isFree = charge === 'none' || charge === 'refunded'
  const plain = data.message.replaceAll(/ ?Nothing was (sent|charged)\./g, '')
  const isSaid = isFree ? plain !== data.message : / charged\b/.test(plain)
  const sentence = `${plain.replace(/(?<![.!?…])$/, '.')} ${SENTENCES[charge]}`
  const said = isFree ? data.message : plain
  return new ApikleyError({ ...data, message: isSaid ? said : sentence })
}

/** What to do next. */
export const ADVICE: Readonly<Record<ResponseKind, string>> = {
  unconfirmed: MAY_BE_CHARGED,
  'task-failed': 'Change the input, or try again later.',
  authentication: 'Check the API key.',
  'insufficient-credits': 'Top up the account.',
  'not-found': 'Check the id or URL.',
  rejected: 'Change the request.',
  'rate-limited': 'Send fewer requests at a time, or try again later.',
  'key-limit': 'This key has used up its own limit: raise it, or use another key.',
  maintenance: 'Try again later.',
  'feature-disabled': 'This feature is switched off for the account or the model.',
  server: 'Try again later.',
  connection: 'Check the network and the URL.',
  'unexpected-response': 'Check the URL, and whether an intermediary answers instead.',
}

/**
 * The error data of a response, and `what` the response was.
 *
 * @param redact removes the API key from texts of the service
 */
export function describe(
  { status, envelope, taskId, retryAfter }: Answer,
  headers: Headers,
  redact: (text: string) => string,
): Partial<ApikleyErrorData> & { readonly what: string } {
  const { code } = envelope ?? {}
  const msg = envelope?.msg && redact(envelope.msg)
  const target = headers.get('location')
  const what =
    target === null
      ? describeStatus(status, code, msg)
      : `HTTP ${status} redirects to ${redact(withoutQuery(target))}`
  const requestId = REQUEST_ID_HEADERS.map((name) => headers.get(name)).find((id) => id !== null)
  return {
    what,
    status,
    code,
    msg,
    retryAfter,
    taskId: taskId && redact(taskId),
    ...(typeof requestId === 'string' && { requestId: redact(requestId) }),
  }
}

/** A query may hold a secret. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*/s, '')
}

function describeStatus(status: number, code?: number, msg?: string): string {
  if (status === 0) {
    return 'a redirect, which is not followed'
  }
  if (code === undefined) {
    return `HTTP ${status} without a readable answer`
  }
  const quoted = msg ? `"${msg.slice(0, MAX_QUOTED_CHARACTERS)}"` : 'no message'
  if (code === 200) {
    return `HTTP ${status} with an incomplete answer, ${quoted}`
  }
  return code === status ? `${quoted} (${status})` : `${quoted} (code ${code}, HTTP ${status})`
}

export function isErrorKind(kind: unknown): kind is ApikleyErrorKind {
  return (
    typeof kind === 'string' &&
    (Object.hasOwn(ADVICE, kind) || /^(aborted|timeout|invalid-input|configuration)$/.test(kind))
  )
}

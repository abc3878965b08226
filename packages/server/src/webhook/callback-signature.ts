import type { Clock } from '@apikley/client'
import { hmac, isSame, someSecret } from '../signature.ts'

export interface SignatureOptions {
  /** The id in the callback, as `parseCallback` finds it. */
  readonly taskId: string
  /** The headers of the callback. */
  readonly headers: Pick<Headers, 'get'>
  /** The account's webhook key; of several, any may have signed. An empty one signs nothing. */
  readonly secret: string | readonly string[]
  /** How old a signature may be, in ms; and as far may it lie in the future. Default: 300,000. */
  readonly maxAge?: number | undefined
}

/**
 * Whether a callback was signed with the secret, not long ago. It compares in constant time. A
 * signature is the HMAC-SHA256 of task id and time, in base64, in `X-Webhook-Signature` beside
 * `X-Webhook-Timestamp` (Unix seconds), as kie.ai documents them
 * (https://docs.kie.ai/common-api/webhook-verification). **The body is not covered**: read the task
 * again before you believe anything.
 *
 * @param runtime `clock`, for tests
 * @example
 * if (!(await verifySignature({ taskId, headers: request.headers, secret }))) return new Response(null, { status: 401 })
 */
export async function verifySignature(
  { taskId, headers, secret, maxAge = 300_000 }: SignatureOptions,
  { clock = Date }: { readonly clock?: Pick<Clock, 'now'> | undefined } = {},
): Promise<boolean> {
  const time = headers.get('x-webhook-timestamp') ?? ''
  // Number() takes more than seconds: 1e9, 0x10.
  if (!/^\d{1,12}$/.test(time) || !(Math.abs(clock.now() - Number(time) * 1000) <= maxAge)) {
    return false
  }
  const given = headers.get('x-webhook-signature') ?? ''
  return someSecret(secret, async (each) => isSame(given, await hmac(each, `${taskId}.${time}`)))
}

/**
 * The headers of a signed callback, for tests of your own webhook.
 *
 * @param time in Unix ms. Default: now
 * @example
 * await POST(new Request(url, { method: 'POST', body, headers: await signCallback(taskId, secret) }))
 */
export async function signCallback(
  taskId: string,
  secret: string,
  time: number = Date.now(),
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(time / 1000))
  return {
    'x-webhook-timestamp': timestamp,
    'x-webhook-signature': await hmac(secret, `${taskId}.${timestamp}`),
  }
}

import type { Clock } from '@apikley/client'
import { hmac, matchesAnySecret } from '../hmac.ts'

export interface SignatureOptions {
  /** The task id of the callback, as `parseCallback` returns it. */
  readonly taskId: string
  /** The headers of the callback. */
  readonly headers: Pick<Headers, 'get'>
  /** The account's webhook key, or several during a rotation. An empty key matches nothing. */
  readonly secret: string | readonly string[]
  /** The largest difference between the signature's time and now, in ms. Default: 300,000. */
  readonly maxAge?: number | undefined
}

/**
 * Whether a callback carries a recent signature: the HMAC-SHA256 of task id and time, compared in
 * constant time. **It does not cover the body**, so read the task again before you trust its result.
 * See https://docs.kie.ai/common-api/webhook-verification
 *
 * @param runtime `clock`, for tests
 * @example
 * if (!(await verifySignature({ taskId, headers: request.headers, secret }))) return new Response(null, { status: 401 })
 */
export async function verifySignature(
  { taskId, headers, secret, maxAge = 300_000 }: SignatureOptions,
  { clock = Date }: { readonly clock?: Pick<Clock, 'now'> | undefined } = {},
): Promise<boolean> {
  const timestamp = headers.get('x-webhook-timestamp') ?? ''
  const signature = headers.get('x-webhook-signature') ?? ''
  // Number() also accepts 1e9 and 0x10.
  const isRecent =
    /^\d{1,12}$/.test(timestamp) && Math.abs(clock.now() - Number(timestamp) * 1000) <= maxAge
  const sign = (each: string): Promise<string> => hmac(each, `${taskId}.${timestamp}`)
  return isRecent && matchesAnySecret(signature, secret, sign)
}

/**
 * Returns the headers of a signed callback, for tests of your own webhook.
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
  const signature = await hmac(secret, `${taskId}.${timestamp}`)
  return { 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature }
}

/** Whether the parameter `token` of a URL is one of the tokens. It compares in constant time. */
export function hasToken(url: string, tokens: string | readonly string[]): Promise<boolean> {
  return matchesAnySecret(queryOf(url).get('token') ?? '', tokens, (token) => token)
}

/** The query of a URL, which may be relative or invalid. */
export function queryOf(url: string): URLSearchParams {
  return new URLSearchParams(/^[^?#]*\?([^#]*)/.exec(url)?.[1])
}

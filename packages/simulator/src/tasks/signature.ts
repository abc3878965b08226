import { createHmac } from 'node:crypto'

/**
 * The headers of a signed callback, as kie.ai documents them
 * (https://docs.kie.ai/common-api/webhook-verification): an HMAC over the task's id and the time.
 * The body is not covered.
 *
 * @param time in Unix ms
 */
export function signatureHeaders(
  secret: string,
  taskId: string,
  time: number,
): Record<string, string> {
  const timestamp = String(Math.floor(time / 1000))
  const signature = createHmac('sha256', secret).update(`${taskId}.${timestamp}`).digest('base64')
  return { 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature }
}

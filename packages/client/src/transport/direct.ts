import { directCalls } from '../generated/direct-calls.ts'
import { createAttempts, type TransportConfig } from './fetch.ts'
import type { Operation } from './operation.ts'
import { absolute } from './send.ts'

/**
 * Sends what is called on `api` itself by the same rules: an answer that is not a success throws an
 * ApikleyError (`error` is never set), and what is charged is sent once.
 */
export function createDirect(config: TransportConfig): (request: Request) => Promise<Response> {
  return async (request) => {
    const baseUrl = absolute(config.baseUrl)
    const path = request.url.startsWith(`${baseUrl}/`)
      ? request.url.slice(baseUrl.length)
      : undefined
    const known =
      path === undefined ? undefined : directCalls[`${request.method} ${path.replace(/\?.*$/, '')}`]
    const operation = { ...unknownOperation(request), ...known }
    // Who names an attempt has a reason: a proxy knows its repeats by the name.
    const attemptId = request.headers.get('idempotency-key') ?? undefined
    const url = known?.server === 'upload' ? `${absolute(config.uploadUrl)}${path}` : request.url
    const success = await createAttempts(
      config,
      operation,
      { signal: request.signal, attemptId },
      url,
    )(request)
    return new Response(success.text, success)
  }
}

/**
 * Of what is in no document nothing is known but its method, so anything but a read counts as
 * charged.
 */
function unknownOperation({ method, url }: Request): Operation {
  return {
    id: `${method} ${new URL(url).pathname}`,
    server: 'api',
    resend: method === 'GET' ? 'safe' : 'never',
    expects: 'any',
  }
}

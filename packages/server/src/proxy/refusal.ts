import { ApikleyError, type ApikleyErrorKind } from '@apikley/client'

/**
 * What the proxy refuses by itself, before anything has gone to the service.
 *
 * @param code the HTTP status of the answer, and the code in it
 */
export function refusal(code: number, kind: ApikleyErrorKind, message: string, retryAfter?: number): ApikleyError {
  return new ApikleyError({ kind, code, message, retryAfter })
}

export function misconfigured(message: string): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message })
}

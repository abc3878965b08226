import { ApikleyError, type ApikleyErrorKind } from '@apikley/client'

const kinds: Readonly<Record<number, ApikleyErrorKind>> = {
  401: 'authentication',
  404: 'not-found',
  422: 'invalid-input',
  429: 'rate-limited',
}

/**
 * What the proxy refuses by itself, before anything has gone to the service.
 *
 * @param code the HTTP status of the answer, and the code in it
 * @param retryAfter in ms
 */
export function refusal(code: number, message: string, retryAfter?: number): ApikleyError {
  return new ApikleyError({ kind: kinds[code] ?? 'rejected', code, message, retryAfter })
}

/** What is open only where an option opens it. */
export function notOpen(what: string, option: string): ApikleyError {
  return new ApikleyError({
    kind: 'feature-disabled',
    code: 403,
    message: `${what} not open here: see the proxy's option \`${option}\`.`,
  })
}

/** What a page is told of what only the server can put right. */
export const failed = 'The server cannot do this now; its log says why.'

/** A function of the application has failed, and nothing was bought: it may work later. */
export function notNow(cause: unknown): ApikleyError {
  return new ApikleyError({ kind: 'maintenance', message: failed, cause })
}

/** Only the log hears of it. */
export function misconfigured(message: string, cause?: unknown): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message, cause })
}

/** Whether a task was bought is open. */
export function unconfirmed(attemptId: string | undefined): ApikleyError {
  const message =
    'Nobody knows what became of this attempt: look at the account before you create the task anew.'
  return new ApikleyError({ kind: 'unconfirmed', attemptId, message })
}

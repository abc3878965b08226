import { ApikleyError } from '@apikley/client'

/** The client throws nothing but ApikleyErrors and what a caller's own listener or signal gave; for a state, both have to have a kind. */
export function knownError(error: Error): ApikleyError {
  return ApikleyError.is(error) ? error : new ApikleyError({ kind: 'unexpected-response', message: error.message, cause: error })
}

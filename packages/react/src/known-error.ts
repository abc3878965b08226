import { ApikleyError } from '@apikley/client'

/** The client throws nothing but ApikleyErrors and what a caller's own listener or signal gave; for a state, both have to have a kind. */
export function knownError(error: unknown): ApikleyError {
  if (ApikleyError.is(error)) return error
  return new ApikleyError({ kind: 'unexpected-response', message: error instanceof Error ? error.message : String(error), cause: error })
}

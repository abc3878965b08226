import { ApikleyError } from '../errors.ts'

/**
 * What a limiter threw, which may be anybody's. A read may go on in spite of it, and nothing was
 * bought. Not beside the limiter, which is part of what a page loads at once: this comes with the
 * calls.
 */
export function limiterFailed(what: string, cause: unknown, taskId?: string): ApikleyError {
  if (ApikleyError.is(cause)) {
    return cause
  }
  return new ApikleyError({
    kind: 'connection',
    taskId,
    cause,
    message: `${what}: the limiter failed; nothing was sent. Check it.`,
  })
}

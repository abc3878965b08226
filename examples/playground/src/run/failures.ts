/** The failures that the simulator can produce on demand, by their value in the cookie. */
export const FAILURES = {
  lost: 'Lost response',
  refused: 'Refused',
  failed: 'Failed task',
  slow: 'Slow task',
  limit: 'Limit reached',
} as const

export type Failure = keyof typeof FAILURES

/** The server reads this cookie with the next task, and deletes it. */
export const FAILURE_COOKIE = 'playground-simulate'

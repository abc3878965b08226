import type { ApikleyError } from '../errors.ts'
import { backoff } from '../http/backoff.ts'
import { exists, type KnownTask } from './known-task.ts'

/** A new task may be unknown to the service for this long. */
const NOT_FOUND_GRACE_MS = 90_000

/** A wait fails after more failed polls in a row than this, over a longer time than this. */
const MAX_FAILURES = 6
const MAX_FAILING_MS = 120_000

/** After a success, its files may appear this many polls later. */
const MAX_UNREADABLE = 3

const TRANSIENT_KINDS = /^(connection|server|rate-limited|maintenance|unexpected-response)$/

/** Whether a task is so new that the service may not know it yet. */
export function isNew({ since, readAt }: KnownTask, now: number): boolean {
  return now - Math.max(since, readAt) < NOT_FOUND_GRACE_MS
}

/**
 * Counts a failed poll.
 *
 * @returns the delay to the next poll, in ms. Nothing if the failure is final.
 */
export function countFailure(
  known: KnownTask,
  error: ApikleyError,
  now: number,
  random: () => number,
): number | undefined {
  // Other failures do not use up the polls for late files.
  known.failures = isUnreadable(error) && !isUnreadable(known.failure) ? 0 : known.failures
  known.failure = error
  known.failingSince = known.failures === 0 ? now : known.failingSince
  const { failures, failingSince } = known
  const isLong = failures >= MAX_FAILURES && now - failingSince >= MAX_FAILING_MS
  const isFinal = isUnreadable(error) && failures >= MAX_UNREADABLE
  if (isFinal || (isLong && error.kind !== 'rate-limited') || !isTransient(error, known)) {
    return undefined
  }
  known.failures += 1
  return Math.min(MAX_FAILING_MS, backoff(failures, error.retryAfter, random))
}

/**
 * Whether a later poll may succeed. A refusal without a code comes from an intermediary, and so
 * does a page in place of the answer of a proxy that has worked before.
 */
function isTransient({ kind, code, status }: ApikleyError, known: KnownTask): boolean {
  const isForeign =
    kind === 'configuration'
      ? status !== undefined && exists(known)
      : code === undefined && (kind === 'rejected' || kind === 'not-found')
  return TRANSIENT_KINDS.test(kind) || isForeign
}

/** Whether a task has ended with a result that cannot be read, also for the proxy of a page. */
function isUnreadable(error: ApikleyError | undefined): boolean {
  return error?.kind === 'unexpected-response' && error.code === 200 && error.status === undefined
}

import type { ApikleyError, ApikleyErrorKind } from '../errors.ts'

const kinds: ReadonlySet<ApikleyErrorKind> = new Set([
  'connection',
  'server',
  'rate-limited',
  'maintenance',
  'unexpected-response',
])

/** Whether a look that failed so may be made again; a wait goes on meanwhile. */
export function isPassing({ kind, code }: ApikleyError): boolean {
  // A refusal that is not the service's own, but of something in between.
  return kinds.has(kind) || (code === undefined && (kind === 'rejected' || kind === 'not-found'))
}

import type { ApikleyErrorKind } from '../errors.ts'
import type { Operation } from './operation.ts'

/** What to do next; the last sentences of a message. Of an operation that is charged they also say that nothing was. */
export function advice(kind: ApikleyErrorKind, operation?: Operation): string {
  const unbought = operation?.resend === 'never' && !uncertain.has(kind)
  return unbought ? `${sentences[kind]} Nothing was charged.` : sentences[kind]
}

const uncertain: ReadonlySet<ApikleyErrorKind> = new Set(['unconfirmed', 'unexpected-response'])

const sentences: Record<ApikleyErrorKind, string> = {
  unconfirmed: 'The task may have been accepted and charged: do not send it again before you have looked at the account.',
  timeout: 'The task still runs: call tasks.wait() with its id to go on waiting.',
  'task-failed': 'Change the input, or try again later.',
  'invalid-input': 'Nothing was sent.',
  configuration: 'Nothing was sent.',
  authentication: 'Check the API key.',
  'insufficient-credits': 'Top up the account.',
  'not-found': 'Check the id or address.',
  rejected: 'Change the request.',
  'rate-limited': 'Send less at a time, or try again later.',
  'key-limit': 'This key has used up its own limit: raise it, or take another key.',
  maintenance: 'Try again later.',
  'feature-disabled': 'This feature is switched off for the account or the model.',
  server: 'Try again later.',
  connection: 'Check the network and the address.',
  'unexpected-response': 'Check the address, and whether something in between answers in its place.',
}

import type { ApikleyErrorKind } from '../errors.ts'
import type { Operation } from './operation.ts'

/**
 * The kinds of what comes from the service; whoever makes another error says himself what to do.
 */
export type AnswerKind = Exclude<ApikleyErrorKind, 'timeout' | 'invalid-input' | 'configuration'>

/**
 * What to do next; the last sentences of a message. Of an operation that is charged they also say
 * that nothing was.
 */
export function advice(kind: AnswerKind, operation?: Operation): string {
  const unbought =
    operation?.resend === 'never' && kind !== 'unconfirmed' && kind !== 'unexpected-response'
  return unbought ? `${sentences[kind]} Nothing was charged.` : sentences[kind]
}

export function isAnswerKind(kind: unknown): kind is AnswerKind {
  return typeof kind === 'string' && Object.hasOwn(sentences, kind)
}

const sentences: Record<AnswerKind, string> = {
  unconfirmed:
    'The task may have been accepted and charged: do not send it again before you have looked at the account.',
  'task-failed': 'Change the input, or try again later.',
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
  'unexpected-response':
    'Check the address, and whether something in between answers in its place.',
}

import type { ApikleyErrorKind } from '../errors.ts'

/** What to do next. The last sentence of a message. */
export function advice(kind: ApikleyErrorKind): string {
  return sentences[kind]
}

const sentences: Record<ApikleyErrorKind, string> = {
  unconfirmed: 'The task may have been accepted and charged: do not send it again before you have looked at the account.',
  timeout: 'The task still runs: call tasks.wait() with its id to go on waiting.',
  'task-failed': 'Change the input, or try again later.',
  'invalid-input': 'Nothing was sent.',
  configuration: 'Nothing was sent.',
  authentication: 'Check the API key.',
  'insufficient-credits': 'Top up the account; nothing was charged.',
  'not-found': 'Check the id or address.',
  rejected: 'Change the request; nothing was charged.',
  'rate-limited': 'Send less at a time, or try again later.',
  'key-limit': 'This key has used up its own limit: raise it, or take another key.',
  maintenance: 'Try again later.',
  'feature-disabled': 'This feature is switched off for the account or the model.',
  server: 'Try again later.',
  connection: 'Check the network and the address; nothing was charged.',
  'unexpected-response': 'Check the address, and whether something in between answers in its place.',
}

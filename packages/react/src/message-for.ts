import type { ApikleyErrorData, ApikleyErrorKind } from '@apikley/client'

export type VisitorMessages = Readonly<Record<ApikleyErrorKind, string>>

const SERVICE = 'The service is not available at the moment. Please try again later.'
const SETUP = 'This application is not set up correctly. Please contact its operator.'
const BUSY = 'Too many requests at the moment. Please try again in a minute.'
const INPUT = 'This input is not accepted. Please change it and try again.'

/** The English messages, for a translation of all kinds. */
export const visitorMessages: VisitorMessages = {
  unconfirmed: 'It is unknown whether your request arrived. Please check before you try again.',
  aborted: 'The request was cancelled.',
  timeout: 'This takes longer than usual. You can keep waiting for the result.',
  'task-failed': 'No result could be made from this input. Please change it and try again.',
  'invalid-input': INPUT,
  configuration: SETUP,
  authentication: 'Please sign in and try again.',
  'insufficient-credits': 'The account has too few credits. Please contact the operator.',
  'not-found': 'The result does not exist any more.',
  rejected: INPUT,
  'rate-limited': BUSY,
  'key-limit': SERVICE,
  maintenance: SERVICE,
  'feature-disabled': SERVICE,
  server: SERVICE,
  connection: 'The connection failed. Please check your network and try again.',
  'unexpected-response': SERVICE,
}

/**
 * A plain message for the visitors of a page. `error.message` is for developers.
 *
 * @param messages your translations, by the kind of the error. Default: English.
 * @example
 * <p role="alert">{messageFor(run.error, { connection: 'Keine Verbindung.' })}</p>
 */
export function messageFor(
  { kind }: Pick<ApikleyErrorData, 'kind'>,
  messages?: Partial<VisitorMessages>,
): string {
  const texts: Partial<VisitorMessages> = { ...visitorMessages, ...messages }
  // An error of a newer client may have another kind.
  return texts[kind] ?? SERVICE
}

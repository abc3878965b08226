import type { ApikleyErrorKind } from '@apikley/client'

/** What a failure means, and what a person can do about it. */
export interface NextStep {
  readonly title: string
  readonly advice: string
  /**
   * `resume` goes on with what was bought and costs nothing, `again` may buy a new task; nothing,
   * where neither helps.
   */
  readonly action: 'resume' | 'again' | undefined
}

const steps: Readonly<Record<ApikleyErrorKind, NextStep>> = {
  unconfirmed: {
    title: 'Nobody can tell whether the task was bought',
    advice: 'Look at the tasks of the account before you try again: that may buy a second one.',
    action: 'again',
  },
  timeout: {
    title: 'That took too long',
    advice: 'Nothing was bought. Try again.',
    action: 'again',
  },
  'task-failed': {
    title: 'The model could not do it',
    advice: 'Change the input to suit what it says, and try again.',
    action: 'again',
  },
  'invalid-input': {
    title: 'Something in the input is not right',
    advice: 'Nothing was sent. Correct it and try again.',
    action: 'again',
  },
  configuration: {
    title: 'The playground is not set up right',
    advice: 'Look at the terminal where it was started.',
    action: undefined,
  },
  authentication: {
    title: 'The key was refused',
    advice:
      'Nothing was bought. Check the key where the playground was started, and start it again.',
    action: undefined,
  },
  'insufficient-credits': {
    title: 'There are not enough credits',
    advice: 'Nothing was bought. Top up the account, then try again.',
    action: 'again',
  },
  'not-found': {
    title: 'There is no such task',
    advice:
      'A simulator forgets its tasks when it stops, and this one may have been of an earlier one.',
    action: undefined,
  },
  rejected: {
    title: 'The service refused it',
    advice: 'Nothing was bought. Change what it names, and try again.',
    action: 'again',
  },
  'rate-limited': {
    title: 'Too many requests',
    advice: 'Nothing was bought. Wait a moment, then try again.',
    action: 'again',
  },
  'key-limit': {
    title: 'The limit of the key is reached',
    advice: 'Nothing was bought. Raise the limit, then try again.',
    action: 'again',
  },
  maintenance: {
    title: 'The service is under maintenance',
    advice: 'Nothing was bought. Try again later.',
    action: 'again',
  },
  'feature-disabled': {
    title: 'This is switched off',
    advice: 'Nothing was bought. Choose another model.',
    action: undefined,
  },
  server: {
    title: 'The service failed',
    advice: 'Nothing was bought. Try again later.',
    action: 'again',
  },
  connection: {
    title: 'No answer came',
    advice: 'Nothing was bought. Check the connection, then try again.',
    action: 'again',
  },
  'unexpected-response': {
    title: 'The answer makes no sense',
    advice: 'Read the message before you try again.',
    action: 'again',
  },
}

/** @param resumable whether the same task, or the same attempt at one, can be gone on with */
export function nextStepOf(kind: ApikleyErrorKind, resumable: boolean): NextStep {
  if (!resumable) {
    return steps[kind]
  }
  const title = kind === 'timeout' ? 'The task still runs' : steps[kind].title
  const same =
    kind === 'unconfirmed'
      ? 'Resume makes the same attempt once more'
      : 'Resume goes on waiting for the same task'
  return { title, advice: `${same}. It buys nothing twice.`, action: 'resume' }
}

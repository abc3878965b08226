import type { ApikleyErrorKind } from '@apikley/client'

/** What a failure means, and what a person can do about it. */
export interface NextStep {
  readonly title: string
  readonly advice: string
  /**
   * `resume` continues the run and creates no task. `again` may create another task. `undefined` if
   * neither helps.
   */
  readonly action: 'resume' | 'again' | undefined
}

const steps: Readonly<Record<ApikleyErrorKind, NextStep>> = {
  unconfirmed: {
    title: 'It is unknown whether a task was created',
    advice: 'Check the tasks of the account first. Another try may create a second task.',
    action: 'again',
  },
  aborted: {
    title: 'The call was aborted',
    advice: 'Read the message before you try again.',
    action: 'again',
  },
  timeout: {
    title: 'That took too long',
    advice: 'Nothing was charged. Try again.',
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
    advice: 'Check the terminal where it was started.',
    action: undefined,
  },
  authentication: {
    title: 'The key was refused',
    advice:
      'Nothing was charged. Check the key where the playground was started, and start it again.',
    action: undefined,
  },
  'insufficient-credits': {
    title: 'There are not enough credits',
    advice: 'Nothing was charged. Top up the account, then try again.',
    action: 'again',
  },
  'not-found': {
    title: 'The task does not exist',
    advice: 'A simulator forgets its tasks when it stops. This task may be from an earlier one.',
    action: undefined,
  },
  rejected: {
    title: 'The service refused it',
    advice: 'Nothing was charged. Change what it names, and try again.',
    action: 'again',
  },
  'rate-limited': {
    title: 'Too many requests',
    advice: 'Nothing was charged. Wait a moment, then try again.',
    action: 'again',
  },
  'key-limit': {
    title: 'The limit of the key is reached',
    advice: 'Nothing was charged. Raise the limit, then try again.',
    action: 'again',
  },
  maintenance: {
    title: 'The service is under maintenance',
    advice: 'Nothing was charged. Try again later.',
    action: 'again',
  },
  'feature-disabled': {
    title: 'This is switched off',
    advice: 'Nothing was charged. Choose another model.',
    action: undefined,
  },
  server: {
    title: 'The service failed',
    advice: 'Nothing was charged. Try again later.',
    action: 'again',
  },
  connection: {
    title: 'No answer came',
    advice: 'Nothing was charged. Check the connection, then try again.',
    action: 'again',
  },
  'unexpected-response': {
    title: 'The answer makes no sense',
    advice: 'Read the message before you try again.',
    action: 'again',
  },
}

/** @param resumable whether `resume` may help */
export function nextStepOf(kind: ApikleyErrorKind, resumable: boolean): NextStep {
  if (!resumable) {
    return steps[kind]
  }
  const title = kind === 'timeout' ? 'The task still runs' : steps[kind].title
  const same =
    kind === 'unconfirmed'
      ? 'Resume asks again what became of it'
      : 'Resume goes on waiting for the same task'
  return { title, advice: `${same}. It creates no task.`, action: 'resume' }
}

import { ApikleyError, type ApikleyErrorKind } from '@apikley/client'
import type { Caps } from './ledger/entry.ts'
import type { Usage } from './ledger/entry.ts'

/** A mistake in the arguments or in the set-up. Nothing was sent. */
export class UsageError extends Error {}

/** What each exit code means. The README prints this table. */
export const EXIT_CODES = {
  0: 'The command did all of its work.',
  1: 'The network, the service or the disk failed. A task that was created still runs.',
  2: 'An argument, an input or the set-up is wrong. Nothing was sent.',
  3: 'A task failed.',
  4: 'The service or a cap refused the task. Nothing was charged.',
  5: 'It is unknown whether a task was created and charged.',
  6: 'The timeout ended. The task still runs.',
  130: 'The command was interrupted with Ctrl+C (143: with SIGTERM).',
} as const

export type ExitCode = keyof typeof EXIT_CODES | 143

const CODE_BY_KIND: Readonly<Partial<Record<ApikleyErrorKind, ExitCode>>> = {
  'invalid-input': 2,
  configuration: 2,
  'task-failed': 3,
  rejected: 4,
  'insufficient-credits': 4,
  'key-limit': 4,
  'feature-disabled': 4,
  authentication: 4,
  'rate-limited': 4,
  'not-found': 4,
  unconfirmed: 5,
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) {
    return 2
  }
  if (!ApikleyError.is(error)) {
    return 1
  }
  if (error.charge === 'possible') {
    return 5
  }
  if (error.kind === 'timeout') {
    return error.taskId === undefined ? 1 : 6
  }
  return isDiskError(error) ? 1 : (CODE_BY_KIND[error.kind] ?? 1)
}

/** Whether a file could not be written, for example because the disk is full. */
export function isDiskError(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'syscall' in cause
}

/** The refusal of a task over a cap that the person has set. */
export class CapError extends ApikleyError {}

export function overCap(cap: keyof Caps, caps: Caps, usage: Usage): CapError {
  const what = cap === 'tasks' ? `${usage.tasks} tasks` : `tasks for ${usage.credits} credits`
  const message =
    `The cap of ${caps[cap]} ${cap} in 24 hours, which the person has set with ` +
    `--max-${cap}, does not allow this task: ` +
    `${what} are counted. Nothing was sent or charged.`
  return new CapError({ kind: 'rejected', message })
}

/** An error as data, with the command that comes next. */
export interface ErrorReport {
  readonly kind: string
  readonly message: string
  readonly charge: string
  readonly taskId?: string | undefined
  readonly idempotencyKey?: string | undefined
  readonly next?: string | undefined
}

/** Names the next step as a command of the shell. */
export const SHELL_STEPS: NextSteps = {
  wait: (taskId) => `apikley wait ${taskId}`,
  recover: (key) => `apikley recover ${key}`,
}

export interface NextSteps {
  readonly wait: (taskId: string) => string
  readonly recover: (key: string) => string
}

/** Reports an error. The steps that the client's message names become those of `steps`. */
export function reportError(error: unknown, steps: NextSteps = SHELL_STEPS): ErrorReport {
  if (!ApikleyError.is(error)) {
    const kind = error instanceof UsageError ? 'usage' : 'failed'
    return { kind, message: error instanceof Error ? error.message : String(error), charge: 'none' }
  }
  const { kind, charge, taskId, idempotencyKey } = error
  const message = error.message
    .replaceAll(/(?:call )?tasks\.wait\("([^"]+)"\)/g, (_, id: string) => `\`${steps.wait(id)}\``)
    .replace('tasks.recover(error.idempotencyKey)', `\`${steps.recover(idempotencyKey ?? 'KEY')}\``)
  let next: string | undefined
  if (taskId !== undefined && charge === 'charged' && kind !== 'task-failed') {
    next = steps.wait(taskId)
  } else if (charge === 'possible' && idempotencyKey !== undefined) {
    next = steps.recover(idempotencyKey)
  }
  return { kind, message, charge, taskId, idempotencyKey, next }
}

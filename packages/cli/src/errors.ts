import { ApikleyError, type ApikleyErrorKind } from '@apikley/client'
import type { Claim } from './ledger/entry.ts'

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

/** A task was refused because it would exceed a cap. */
export class CapError extends ApikleyError {}

export function overCap({ cap, max, usage }: Extract<Claim, { status: 'refused' }>): CapError {
  const what = cap === 'tasks' ? `${usage.tasks} tasks` : `tasks for ${usage.credits} credits`
  const message =
    `This task would exceed the cap of ${max} ${cap} in 24 hours (--max-${cap}): ${what} are ` +
    'counted. Nothing was sent or charged.'
  return new CapError({ kind: 'rejected', message })
}

/** An error as data, with the step that comes next. */
export interface ErrorReport {
  readonly kind: string
  readonly message: string
  readonly charge: string
  readonly taskId?: string | undefined
  readonly idempotencyKey?: string | undefined
  readonly next?: string | undefined
}

/**
 * Reports an error. Calls of the client in its message become commands.
 *
 * @param command the start of a command
 */
export function reportError(error: unknown, command = 'apikley '): ErrorReport {
  if (!ApikleyError.is(error)) {
    const kind = error instanceof UsageError ? 'usage' : 'failed'
    return { kind, message: error instanceof Error ? error.message : String(error), charge: 'none' }
  }
  const { kind, charge, taskId, idempotencyKey } = error
  const recover = `${command}recover ${idempotencyKey ?? 'KEY'}`
  const message = error.message
    .replaceAll(/(?:call )?tasks\.wait\("([^"]+)"\)/g, `\`${command}wait $1\``)
    .replace('tasks.recover(error.idempotencyKey)', `\`${recover}\``)
  let next: string | undefined
  if (taskId !== undefined && charge === 'charged' && kind !== 'task-failed') {
    next = `${command}wait ${taskId}`
  } else if (charge === 'possible' && idempotencyKey !== undefined) {
    next = recover
  }
  return { kind, message, charge, taskId, idempotencyKey, next }
}

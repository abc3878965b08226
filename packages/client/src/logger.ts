import type { ApikleyError } from './errors.ts'
import { emit, type ApikleyEvent, type EventListener } from './events.ts'

/**
 * Takes log lines: `console`, or a logger of your own. A level that it does not have is not logged.
 */
export type Logger = {
  readonly [level in LogLevel]?: ((message: string, details: object) => void) | undefined
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const LEVELS: Readonly<Record<ApikleyEvent['type'], LogLevel>> = {
  request: 'debug',
  'request-end': 'debug',
  task: 'debug',
  upload: 'debug',
  created: 'info',
  throttle: 'info',
  retry: 'warn',
  refused: 'warn',
  unconfirmed: 'error',
  store: 'error',
}

/**
 * A listener that logs each event and then calls `onEvent`. Of an error it logs only kind, numbers
 * and ids, because the service may quote an input in its message.
 */
export function withLog(logger: Logger, onEvent: EventListener | undefined): EventListener {
  return (event) => {
    const { type, ...details } = event
    const error = 'error' in event && event.error ? { error: errorNumbers(event.error) } : undefined
    emit(() => logger[LEVELS[type]]?.(`apikley: ${type}`, { ...details, ...error }), event)
    emit(onEvent, event)
  }
}

const LOGGED_FIELDS = ['kind', 'code', 'status', 'retryAfter', 'taskId', 'idempotencyKey'] as const

function errorNumbers(error: ApikleyError): object {
  return Object.fromEntries(LOGGED_FIELDS.map((field) => [field, error[field]]))
}

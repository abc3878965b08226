import type { ApikleyError } from './errors.ts'
import { tell, type ApikleyEvent, type EventListener } from './events.ts'

/**
 * Takes log lines: `console`, or a logger of your own. A level that it does not have is not logged.
 */
export type Logger = {
  readonly [level in LogLevel]?: ((message: string, details: object) => void) | undefined
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const levels: Readonly<Record<ApikleyEvent['type'], LogLevel>> = {
  request: 'debug',
  'request-end': 'debug',
  task: 'debug',
  upload: 'debug',
  created: 'info',
  throttle: 'info',
  retry: 'warn',
  unconfirmed: 'error',
}

/**
 * A listener that logs each event before `onEvent` gets it. Of an error only the numbers are
 * logged, because the service may quote an input in its words; inputs, keys and queries of
 * addresses are in no event.
 */
export function withLog(logger: Logger, onEvent: EventListener | undefined): EventListener {
  return (event) => {
    const { type, ...details } = event
    const error = 'error' in event && event.error ? { error: numbersOf(event.error) } : undefined
    tell(() => logger[levels[type]]?.(`apikley: ${type}`, { ...details, ...error }), event)
    tell(onEvent, event)
  }
}

const numbersOf = ({
  kind,
  code,
  status,
  retryAfter,
  taskId,
  attemptId,
}: ApikleyError): object => ({
  kind,
  code,
  status,
  retryAfter,
  taskId,
  attemptId,
})

import type { Runtime } from '@apikley/client'

export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** The process around a command. Tests pass their own. */
export interface Host {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdout: Sink
  readonly stderr: Sink
  readonly runtime?: Partial<Runtime>
  readonly fetch?: typeof globalThis.fetch
  /** Calls back once, with the first of these signals. */
  onSignal(listener: (signal: StopSignal) => void): void
}

export function processHost(): Host {
  // A reader such as `head` may leave. The command ends its work.
  process.stdout.on('error', () => {})
  return {
    args: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    onSignal(listener) {
      const stop = (signal: NodeJS.Signals): void => {
        // A second signal ends the process at once.
        process.off('SIGINT', stop).off('SIGTERM', stop)
        listener(signal === 'SIGTERM' ? signal : 'SIGINT')
      }
      process.on('SIGINT', stop).on('SIGTERM', stop)
    },
  }
}

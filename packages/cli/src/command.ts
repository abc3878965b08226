import { resolve } from 'node:path'
import type { Context, Flags } from './context.ts'
import { exitCodeOf, UsageError, type ExitCode } from './errors.ts'
import type { Host, StopSignal } from './host.ts'
import { Output } from './output.ts'
import { createProgram } from './program.ts'
import type { Session } from './session.ts'

/** Runs a command and returns its exit code. */
export async function main(host: Host): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  try {
    const program = await createProgram(host.args, {
      run: async (flags, act) => {
        exitCode = await runCommand(host, flags, act)
      },
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
    })
    await program.parseAsync(host.args, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has printed its message. Help ends with 0.
    if (error instanceof Error && 'exitCode' in error) {
      return error.exitCode === 0 ? 0 : 2
    }
    if (error instanceof UsageError) {
      host.stderr.write(`${error.message}\n`)
      return 2
    }
    throw error
  }
}

async function runCommand(
  host: Host,
  flags: Flags,
  act: (context: Context) => Promise<ExitCode | void>,
): Promise<ExitCode> {
  const output = new Output(host, flags.json ?? host.stdout.isTTY !== true)
  const stop = new AbortController()
  let stopped: StopSignal | undefined
  host.onSignal((signal) => {
    stopped = signal
    output.message('Stopping. Press Ctrl+C again to end at once.')
    stop.abort(new Error(`The command was interrupted with ${signal}.`))
  })
  let opened: Promise<Session> | undefined
  const session = (): Promise<Session> => {
    opened ??= import('./session.ts').then(({ openSession }) =>
      openSession(host, flags.simulate ?? false),
    )
    return opened
  }
  const resolvePath = (path: string): string => resolve(host.cwd, path)
  try {
    return (await act({ host, output, session, signal: stop.signal, resolvePath })) ?? 0
  } catch (error) {
    output.error(error)
    if (stopped !== undefined) {
      return stopped === 'SIGTERM' ? 143 : 130
    }
    return exitCodeOf(error)
  } finally {
    output.status('')
    await opened?.then(
      ({ close }) => close(),
      () => {},
    )
  }
}

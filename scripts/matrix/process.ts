import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from 'test-kit/listen'
import { environment, run } from '../run.ts'

/** A program to start. */
export type Command = { file: string; args: string[]; cwd: string; env?: Record<string, string> }

/** Runs a program to its end and returns its standard output. */
export const execute = ({ file, args, cwd, env }: Command): Promise<string> =>
  run(file, args, { cwd, env })

/** A running server. `output` is the text that it has written so far. */
export type Server = { output: () => string; stop: () => Promise<void> }

const START_TIMEOUT_MS = 30_000

/**
 * Starts a server and waits for its first response from `url`.
 *
 * @throws when it ends earlier, or does not respond within 30 s
 */
export async function serve({ file, args, cwd, env }: Command, url: string): Promise<Server> {
  const child = spawn(file, args, {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: `npx` does not end the program that it has started.
    detached: true,
  })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid)
    }
    await exited
  }
  const deadline = Date.now() + START_TIMEOUT_MS
  while (child.exitCode === null && Date.now() < deadline) {
    const response = await fetch(url, { method: 'HEAD' }).catch(() => undefined)
    if (response) {
      return { output: () => output, stop }
    }
    await sleep(100)
  }
  await stop()
  throw new Error(`${file} ${args.join(' ')} did not respond at ${url}:\n${output}`)
}

export async function freePort(): Promise<number> {
  const { url, stop } = await listen(() => {})
  await stop()
  return Number(new URL(url).port)
}

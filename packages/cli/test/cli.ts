import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimulator, type Clock, type Scenario, type Simulator } from '@apikley/simulator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, expect } from 'vitest'
import type { Host, Sink, StopSignal } from '../src/host.ts'
import { main } from '../src/command.ts'

const schema: { readonly $defs: Readonly<Record<string, object>> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../output.schema.json'), 'utf8'),
)
// Later versions may add fields. This version prints no field that the schema lacks.
const closed = Object.entries(schema.$defs).map(([name, line]) => [
  name,
  { ...line, additionalProperties: false },
])
const isOutput = new Ajv2020({ strict: false }).compile({
  ...schema,
  $defs: Object.fromEntries(closed),
})

/**
 * A fast clock that is slow where the process is: one turn of the event loop takes at most 200 ms of
 * it, so that no timeout ends while a busy machine works.
 */
function tickingClock(): Clock {
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  let [now, last] = [Date.now(), performance.now()]
  let isTicking = false
  const tick = (): void => {
    now += Math.min(performance.now() - last, 4) * 50
    last = performance.now()
    for (const timer of timers) {
      if (timer.at <= now) {
        timers.delete(timer)
        timer.callback()
      }
    }
    isTicking = timers.size > 0
    if (isTicking) {
      setTimeout(tick, 1)
    }
  }
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      if (!isTicking) {
        isTicking = true
        last = performance.now()
        setTimeout(tick, 1)
      }
      return () => timers.delete(timer)
    },
  }
}

export interface Result {
  readonly code: number
  /** The lines of JSON. Each is checked against the schema. */
  readonly lines: readonly Record<string, unknown>[]
  readonly stdout: string
  readonly stderr: string
}

/** A user with an account, a home and a working folder. */
export interface Machine {
  readonly folder: string
  readonly simulator: Simulator<Clock>
  readonly run: (args: string | readonly string[], options?: RunOptions) => Promise<Result>
  readonly env: Record<string, string>
  readonly host: (parts: Partial<Host>) => Host
}

export interface RunOptions {
  readonly isTerminal?: boolean
  /** Called with each text on stdout or stderr. */
  readonly onText?: (text: string, stop: (signal: StopSignal) => void) => void
}

const folders: string[] = []
afterAll(() =>
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })),
)

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'apikley-cli-'))
  folders.push(folder)
  return folder
}

export function machine(scenario: Scenario = {}): Machine {
  const folder = newFolder()
  const clock = tickingClock()
  const simulator = createSimulator({ clock, invisibleFor: 0, ...scenario })
  const env = { HOME: join(folder, 'home'), APIKLEY_API_KEY: 'any-long-key-will-do' }
  const host = (parts: Partial<Host>): Host => ({
    args: [],
    env,
    cwd: folder,
    stdout: { write: () => {} },
    stderr: { write: () => {} },
    runtime: { clock },
    fetch: simulator.fetch,
    onSignal: () => {},
    ...parts,
  })
  const run: Machine['run'] = async (args, { isTerminal = false, onText } = {}) => {
    const texts = { stdout: '', stderr: '' }
    let stop: (signal: StopSignal) => void = () => {}
    const sink = (name: keyof typeof texts): Sink => ({
      isTTY: isTerminal,
      write(text: string) {
        texts[name] += text
        onText?.(text, stop)
      },
    })
    const code = await main(
      host({
        args: typeof args === 'string' ? args.split(' ') : args,
        stdout: sink('stdout'),
        stderr: sink('stderr'),
        onSignal: (listener) => {
          stop = listener
        },
      }),
    )
    return { code, lines: isTerminal ? [] : parseLines(texts.stdout), ...texts }
  }
  return { folder, simulator, run, env, host }
}

export function parseLines(stdout: string): Record<string, unknown>[] {
  const texts = stdout.split('\n').filter((text) => text.startsWith('{'))
  return texts.map((text) => {
    const line: Record<string, unknown> = JSON.parse(text)
    expect(isOutput(line) ? [] : [line, isOutput.errors]).toEqual([])
    return line
  })
}

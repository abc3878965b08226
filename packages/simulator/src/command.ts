import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { readDefined } from './read-scenario.ts'
import type { Scenario } from './scenario.ts'
import { startSimulator, type SimulatorServer } from './server.ts'

const USAGE = `Usage: apikley-simulator [--port N] [--host ADDRESS] [--latency 1s..5s] [--scenario FILE] [--documented] [--cors ORIGIN]

  --port N            the port; 0 takes a free one (default 4011)
  --host ADDRESS      the IP address to listen on (default 127.0.0.1, which only this machine reaches)
  --latency 1s..5s    how long a task takes: a time or a range, in ms, s or m
  --scenario FILE     JSON: seed, latency, credits, price, keys, behaviour, limits, faults, outcomes
  --documented        follow the documents where reports differ
  --cors ORIGIN       allow pages of this origin; may be repeated`

const OPTIONS = {
  port: { type: 'string', default: '4011' },
  host: { type: 'string', default: '127.0.0.1' },
  latency: { type: 'string' },
  scenario: { type: 'string' },
  documented: { type: 'boolean', default: false },
  cors: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Where the command writes its lines. */
export interface Terminal {
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
}

/**
 * The command `apikley-simulator`.
 *
 * @returns the server, which runs until it is stopped. `undefined` after `--help` or an error.
 */
export async function main(
  args: readonly string[],
  { print, printError }: Terminal,
): Promise<SimulatorServer | undefined> {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    if (values.help) {
      print(USAGE)
      return undefined
    }
    const scenario = values.scenario === undefined ? {} : await readScenarioFile(values.scenario)
    const server = await startSimulator({
      ...scenario,
      port: readPort(values.port),
      host: values.host,
      ...(values.latency === undefined ? {} : { latency: readLatency(values.latency) }),
      ...(values.documented ? { behaviour: 'documented' as const } : {}),
      ...(values.cors === undefined ? {} : { cors: values.cors }),
    })
    print(`The Apikley simulator listens on ${server.url}`)
    print(`createApikley({ apiKey: 'any-long-key-will-do', baseUrl: '${server.url}' })`)
    return server
  } catch (error) {
    printError(messageOf(error))
    process.exitCode = 1
    return undefined
  }
}

async function readScenarioFile(path: string): Promise<Scenario> {
  try {
    return readDefined('scenario', JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new Error(`The file ${path}: ${messageOf(error)}`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function readPort(text: string): number {
  const port = Number(text)
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) {
    return port
  }
  throw new Error(`--port takes a number from 0 to 65535, not ${text}`)
}

/** For instance `500ms`, `2s` or `1s..5s`, in ms. */
function readLatency(text: string): [number, number] {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }
  const times = text.split('..').map((part) => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(part) ?? []
    return Number(amount) * (units[unit] ?? Number.NaN)
  })
  const [least = Number.NaN, most = least] = times
  if (times.length <= 2 && least <= most) {
    return [least, most]
  }
  throw new Error(`--latency takes a time such as 500ms, or a range such as 1s..5s, not ${text}`)
}

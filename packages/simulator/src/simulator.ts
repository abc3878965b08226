import { createRealClock, type Clock, type MovableClock } from './clock.ts'
import type { SimulatorOptions } from './options.ts'
import { readDefined } from './read-scenario.ts'
import { Exchange } from './service/exchange.ts'
import { Service } from './service/service.ts'
import { createControl, type Control } from './state/control.ts'
import type { Journal } from './state/journal.ts'

export interface Simulator<Time extends Clock = MovableClock> {
  /**
   * Answers requests in place of the platform's `fetch`, on any host. A connection failure rejects
   * as it does there.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  readonly clock: Time
  /** The requests, and the tasks that were charged. */
  readonly journal: Journal
  /** Changes faults, outcomes, credits and tasks. */
  readonly control: Control
  /** Ends the work in flight: pending requests are reset, pending callbacks are cancelled. */
  stop(): Promise<void>
}

/**
 * The service in process.
 *
 * @throws {TypeError} when an option is not valid, with the place that is wrong
 * @example
 * const clock = createVirtualClock()
 * const simulator = createSimulator({ clock })
 * const apikley = createApikley({ apiKey: 'any-long-key-will-do', fetch: simulator.fetch }, { clock })
 */
export function createSimulator<Time extends Clock>(
  options: SimulatorOptions<Time> & { readonly clock: Time },
): Simulator<Time>
export function createSimulator(options?: SimulatorOptions<MovableClock>): Simulator
export function createSimulator(options: SimulatorOptions<Clock> = {}): Simulator<Clock> {
  const clock = options.clock ?? createRealClock()
  const { exchange, ...simulator } = assemble(options, clock, 'http://simulator.localhost')
  return {
    ...simulator,
    fetch: async (input, init) => {
      const { status, headers, body, stream } = await exchange.answer(new Request(input, init))
      const isEmpty = status === 204 || status === 304
      return new Response(isEmpty ? null : (stream ?? body), { status, headers: { ...headers } })
    },
  }
}

/** The options that are not part of a scenario. */
const PROGRAM_OPTIONS = new Set(['clock', 'render', 'callbacks', 'fetchFile', 'cors'])

/**
 * A simulator before it is reached by `fetch` or over HTTP.
 *
 * @param origin the start of the URLs of files
 */
export function assemble<Time extends Clock>(
  options: SimulatorOptions<Clock>,
  clock: Time,
  origin: string,
): Omit<Simulator<Time>, 'fetch'> & { readonly exchange: Exchange } {
  const scenario = Object.entries(options).filter(([name]) => !PROGRAM_OPTIONS.has(name))
  // A misspelled option would make tests pass that test nothing.
  if (scenario.length > 0) {
    readDefined('scenario', Object.fromEntries(scenario))
  }
  const service = new Service(options, clock, origin)
  service.faults.add(...(options.faults ?? []))
  service.outcomes.add(...(options.outcomes ?? []))
  return {
    exchange: new Exchange(service),
    clock,
    journal: service.journal,
    control: createControl(service, service.tasks),
    stop: async () => service.stop(),
  }
}

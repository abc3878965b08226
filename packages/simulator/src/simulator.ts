import { createRealClock, type Clock, type MovableClock } from './clock.ts'
import type { SimulatorOptions } from './options.ts'
import { readDefined } from './read-scenario.ts'
import type { Scenario } from './scenario.ts'
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
 * const apikley = createApikley({ apiKey: 'any', fetch: simulator.fetch }, { clock })
 */
export function createSimulator<Time extends Clock>(
  options: SimulatorOptions<Time> & { readonly clock: Time },
): Simulator<Time>
export function createSimulator(options?: SimulatorOptions<MovableClock>): Simulator
export function createSimulator(options: SimulatorOptions<Clock> = {}): Simulator<Clock> {
  const clock = options.clock ?? createRealClock()
  const { exchange, ...simulator } = assemble(options, clock, 'in-process')
  return {
    ...simulator,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { answer, stream } = await exchange.answer(request)
      const isEmpty = answer.status === 204 || answer.status === 304 || request.method === 'HEAD'
      return new Response(isEmpty ? null : (stream ?? answer.body), {
        status: answer.status,
        headers: { ...answer.headers },
      })
    },
  }
}

/** The options that are not part of a scenario. */
const PROGRAM_OPTIONS: Readonly<
  Record<Exclude<keyof SimulatorOptions<Clock>, keyof Scenario>, true>
> = {
  clock: true,
  render: true,
  origin: true,
  callbacks: true,
  fetchFile: true,
  history: true,
  capacity: true,
  cors: true,
  check: true,
}

/** A simulator before it is reached by `fetch` or over HTTP. */
export interface Core<Time extends Clock> extends Omit<Simulator<Time>, 'fetch'> {
  readonly exchange: Exchange
}

export function assemble<Time extends Clock>(
  options: SimulatorOptions<Clock>,
  clock: Time,
  transport: 'in-process' | 'http',
): Core<Time> {
  const scenario = Object.entries(options).filter(([name]) => !Object.hasOwn(PROGRAM_OPTIONS, name))
  // A misspelled option would make tests pass that test nothing.
  if (scenario.length > 0) {
    readDefined('scenario', Object.fromEntries(scenario))
  }
  const service = new Service(options, clock)
  const control = createControl(service, service.tasks, transport === 'http')
  if (options.faults?.length) {
    control.addFaults(...options.faults)
  }
  if (options.outcomes?.length) {
    control.addOutcomes(...options.outcomes)
  }
  return {
    exchange: new Exchange(service),
    clock,
    journal: service.journal,
    control,
    stop: async () => service.stop(),
  }
}

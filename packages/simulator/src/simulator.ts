import { setMaxListeners } from 'node:events'
import { createEnvelopes } from './answer.ts'
import { chooseBehaviour } from './behaviour.ts'
import { createRealClock, type Clock, type MovableClock, type VirtualClock } from './clock.ts'
import { createControl, type Control } from './control.ts'
import { readDocument } from './document.ts'
import { createExchange, type Exchange } from './exchange.ts'
import type { Fault } from './faults/fault.ts'
import { createFileStore } from './files/file-store.ts'
import { createResultLinks } from './files/result-links.ts'
import { createJournal, type Journal } from './journal.ts'
import { createLedger } from './ledger.ts'
import { createRateLimit } from './limits.ts'
import { minute, type SimulatorOptions } from './options.ts'
import { createRandom } from './random.ts'
import type { Scenario } from './scenario.ts'
import { readScenario } from './scenario-schema.ts'
import { schemasOf } from './schemas.ts'
import type { Face, Service } from './service.ts'
import { createRules } from './strikes.ts'
import { createCallbacks } from './tasks/callbacks.ts'
import type { Outcome } from './tasks/outcome.ts'
import { createTaskStore } from './tasks/task-store.ts'
import { createTasks } from './tasks/tasks.ts'

export interface Simulator<Time extends Clock = MovableClock> {
  /**
   * Answers requests in place of the platform's `fetch`, whatever their host; failures of the
   * connection reject as they do there.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  readonly clock: Time
  /** What was asked, and what was bought. */
  readonly journal: Journal
  /** Changes the course of things: faults, outcomes, credits, tasks. */
  readonly control: Control
  /** Ends what is under way: waiting requests are reset, callbacks are not posted any more. */
  stop(): Promise<void>
}

/**
 * The service in process.
 *
 * @throws {TypeError} when an option is none, or of another type, with the place that is wrong
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
  const { exchange, ...simulator } = assemble(
    options,
    options.clock ?? createRealClock(),
    'process',
  )
  return {
    ...simulator,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { answer, stream } = await exchange(request)
      const empty = answer.status === 204 || answer.status === 304 || request.method === 'HEAD'
      return new Response(empty ? null : (stream ?? answer.body), {
        status: answer.status,
        headers: { ...answer.headers },
      })
    },
  }
}

/** The options that are no part of a scenario. */
const ofProgram: Readonly<Record<Exclude<keyof SimulatorOptions<Clock>, keyof Scenario>, true>> = {
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

/** What both faces stand on. */
export interface Core<Time extends Clock> extends Omit<Simulator<Time>, 'fetch'> {
  readonly exchange: Exchange
}

export function assemble<Time extends Clock>(
  options: SimulatorOptions<Clock>,
  time: Time,
  face: Face,
): Core<Time> {
  const scenario = Object.entries(options).filter(([name]) => !Object.hasOwn(ofProgram, name))
  // What is misspelled, or of another type, would make tests green that test nothing.
  if (scenario.length > 0) {
    readScenario(Object.fromEntries(scenario))
  }
  // The service counts whole milliseconds.
  const clock: Clock = {
    now: () => Math.floor(time.now()),
    after: (ms, callback) => time.after(ms, callback),
  }
  const stopping = new AbortController()
  // Each request that is under way listens; Node 20 would take ten for a leak.
  setMaxListeners(0, stopping.signal)
  const seed = options.seed ?? 1
  const history = options.history ?? 10_000
  const origin = options.origin ?? 'http://simulator.localhost'
  const document = readDocument()
  const schemas = schemasOf(document)
  const behaviour = chooseBehaviour(options.behaviour)
  const journal = createJournal(history)
  const ledger = createLedger(clock, options.credits ?? 1500)
  const files = createFileStore(clock, options.capacity ?? 256 * 2 ** 20)
  const faults = createRules<Fault>(createRandom(seed, 'faults'))
  const outcomes = createRules<Outcome>(createRandom(seed, 'outcomes'))
  const during = isVirtual(time) ? time.during : <T>(work: Promise<T>) => work
  const check = (json: unknown): void => {
    const [problem] = options.check ? schemas.callback(json) : []
    if (problem) {
      throw new Error(`A callback differs from the document: ${problem.path} ${problem.message}`)
    }
  }
  const callbacks = createCallbacks(
    { clock, during, behaviour, ledger, journal, check },
    options.callbacks ?? {},
  )
  const tasks = createTasks({
    clock,
    during,
    behaviour,
    scenario: options,
    random: createRandom(seed, 'tasks'),
    origin,
    files,
    ledger,
    outcomes,
    callbacks,
    journal,
    render: options.render,
    readUpload: (url) =>
      URL.canParse(url) && new URL(url).origin === origin
        ? files.get(new URL(url).pathname)
        : undefined,
    store: createTaskStore(history),
    stopped: stopping.signal,
  })
  const creates = createRateLimit(clock, options.limits?.creates)
  const reads = createRateLimit(clock, options.limits?.reads)
  const service: Service = {
    clock,
    options,
    origin,
    document,
    schemas,
    behaviour,
    envelopes: createEnvelopes(behaviour, document.messages),
    journal,
    ledger,
    tasks,
    files,
    links: createResultLinks(clock, seed, options.keep?.links ?? 20 * minute),
    room: {
      creates: creates.take,
      reads: reads.take,
      clear() {
        creates.clear()
        reads.clear()
      },
    },
    random: createRandom(seed, 'names'),
    face,
    stopped: stopping.signal,
    during,
  }
  const control = createControl(service, faults, outcomes)
  if (options.faults?.length) {
    control.addFaults(...options.faults)
  }
  if (options.outcomes?.length) {
    control.addOutcomes(...options.outcomes)
  }
  return {
    exchange: createExchange(service, faults),
    clock: time,
    journal: journal.journal,
    control,
    async stop() {
      stopping.abort(new Error('The simulator was stopped'))
    },
  }
}

function isVirtual(clock: Clock): clock is VirtualClock {
  return 'during' in clock
}

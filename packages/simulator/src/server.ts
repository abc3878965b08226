import { createServer } from 'node:http'
import { createRealClock, type MovableClock } from './clock.ts'
import { createListener } from './http/listener.ts'
import { isLoopback } from './http/loopback.ts'
import type { SimulatorOptions } from './options.ts'
import { CONTROL_PATH, createControlPath } from './service/control-path.ts'
import { assemble } from './simulator.ts'
import type { Control } from './state/control.ts'
import type { Journal } from './state/journal.ts'

export interface ServerOptions extends SimulatorOptions<MovableClock> {
  /** Default: 0, which takes a free port. */
  readonly port?: number
  /** The host name or IP address to listen on. Default: `127.0.0.1`, which only this machine reaches. */
  readonly host?: string
}

export interface SimulatorServer {
  /** The URL of the API and the uploads: `createApikley({ apiKey: 'any-long-key-will-do', baseUrl: url })`. */
  readonly url: string
  readonly port: number
  readonly clock: MovableClock
  readonly journal: Journal
  readonly control: Control
  /** Closes every connection. Resolves when the port is free. */
  stop(): Promise<void>
}

/** Connections that wait to be accepted. Node resets more than 511. */
const BACKLOG = 4096

/**
 * The service behind a port.
 *
 * @throws when it cannot listen, with the next step
 * @example
 * const simulator = await startSimulator()
 * const apikley = createApikley({ apiKey: 'any-long-key-will-do', baseUrl: simulator.url })
 */
export async function startSimulator(options: ServerOptions = {}): Promise<SimulatorServer> {
  const { port = 0, host = '127.0.0.1', ...others } = options
  // Node would listen on every interface.
  if (host === '') {
    throw new Error(
      'The host is empty. Omit it for 127.0.0.1, or name an IP address of this machine.',
    )
  }
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, port, host)))
    server.listen({ port, host, backlog: BACKLOG }, resolve)
  })
  const address = server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  const url = `http://${urlHost(host)}:${boundPort}`
  try {
    const clock = options.clock ?? createRealClock()
    const simulator = assemble(others, clock, url)
    const controls = createControlPath(simulator.control, simulator.journal)
    server.on(
      'request',
      createListener(url, async (request, incoming) =>
        new URL(request.url).pathname.startsWith(CONTROL_PATH)
          ? controls(request, incoming)
          : simulator.exchange.answer(request),
      ),
    )
    const { journal, control } = simulator
    return {
      url,
      port: boundPort,
      clock,
      journal,
      control,
      async stop() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        await simulator.stop()
        server.closeAllConnections()
        await closed
      },
    }
  } catch (error) {
    server.close()
    throw error
  }
}

/** The host in a URL for callers on this machine. */
function urlHost(host: string): string {
  if (!isLoopback(host)) {
    return '127.0.0.1'
  }
  return host.includes(':') ? `[${host}]` : host
}

/** The next step for an error of `listen`. */
function explain(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} is taken. Choose another one, or 0 for a free one.`,
    EADDRNOTAVAIL: `${host} is not an IP address of this machine. Omit the host for 127.0.0.1.`,
  }
  const message = advice[error.code ?? '']
  return message === undefined ? error : new Error(message, { cause: error })
}

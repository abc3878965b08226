import { createServer } from 'node:http'
import { createRealClock, type MovableClock } from '../clock.ts'
import type { Control } from '../control.ts'
import type { Journal } from '../journal.ts'
import { isLoopback } from '../loopback.ts'
import type { SimulatorOptions } from '../options.ts'
import { assemble } from '../simulator.ts'
import { controlPath, createControlPath } from './control-path.ts'
import { createListener } from './listener.ts'

export interface ServerOptions<
  Time extends MovableClock = MovableClock,
> extends SimulatorOptions<Time> {
  /** Default: 0, which takes a free one. */
  readonly port?: number
  /** Where it listens. Default: `127.0.0.1`, so that nobody else can reach it. */
  readonly host?: string
}

export interface SimulatorServer<Time extends MovableClock = MovableClock> {
  /** Both the API and the uploads: `createApikley({ apiKey: 'any', baseUrl: url })`. */
  readonly url: string
  readonly port: number
  readonly clock: Time
  readonly journal: Journal
  /** Also over HTTP, below `/__simulator`, from this machine. */
  readonly control: Control
  /** Closes every connection, and is done when the port is free. */
  stop(): Promise<void>
}

/** Connections that are held at a time; more are turned away. */
const mostConnections = 1000

/**
 * The service behind a port.
 *
 * @throws when it cannot listen, with what to do about it
 * @example
 * const simulator = await startSimulator()
 * const apikley = createApikley({ apiKey: 'any', baseUrl: simulator.url })
 */
export function startSimulator<Time extends MovableClock>(
  options: ServerOptions<Time> & { readonly clock: Time },
): Promise<SimulatorServer<Time>>
export function startSimulator(options?: ServerOptions): Promise<SimulatorServer>
export async function startSimulator(options: ServerOptions = {}): Promise<SimulatorServer> {
  const { port = 0, host = '127.0.0.1', ...others } = options
  // Node would listen on every interface.
  if (host === '') {
    throw new Error(
      'The host is empty. Leave it out for 127.0.0.1, or name an address of this machine.',
    )
  }
  const server = createServer({
    headersTimeout: 15_000,
    requestTimeout: 120_000,
    connectionsCheckingInterval: 5000,
  })
  server.maxConnections = mostConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, port, host)))
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  const url = `http://${isLoopback(host) ? (host.includes(':') ? `[${host}]` : host) : '127.0.0.1'}:${taken}`
  try {
    const clock = options.clock ?? createRealClock()
    const simulator = assemble({ origin: url, ...others }, clock, 'server')
    const controls = createControlPath(simulator)
    server.on(
      'request',
      createListener(url, async (request, incoming) =>
        new URL(request.url).pathname.startsWith(controlPath)
          ? { answer: await controls(request, incoming) }
          : simulator.exchange(request),
      ),
    )
    const { journal, control } = simulator
    return {
      url,
      port: taken,
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

function explain(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(`Port ${port} is taken. Choose another one, or 0 for a free one.`, {
      cause: error,
    })
  }
  if (error.code === 'EACCES') {
    return new Error(`Port ${port} may not be used. Choose one above 1023.`, { cause: error })
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new Error(`${host} is no address of this machine. Leave the host out for 127.0.0.1.`, {
      cause: error,
    })
  }
  return error
}

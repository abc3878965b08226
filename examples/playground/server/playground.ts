import { createHmac, randomBytes } from 'node:crypto'
import { createProxyHandler } from '@apikley/server'
import { startSimulator, type ServerOptions, type SimulatorServer } from '@apikley/simulator'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { listen } from './listen.ts'
import { readModels } from './models.ts'
import { buildPage } from './page.ts'
import { render } from './render.ts'

export interface PlaygroundOptions {
  /** Default: 0, which takes a free one. */
  readonly port?: number
  /** Of the real service. Without one, a simulator is started. */
  readonly apiKey?: string | undefined
  /** What is different about the simulator. */
  readonly simulator?: ServerOptions
  /** Of a page that has been built. Default: one that is built now, and removed at the end. */
  readonly folder?: string
}

export interface Playground {
  /** The address of the page. */
  readonly url: string
  /** The folder that the page was built into. */
  readonly folder: string
  readonly simulator: SimulatorServer | undefined
  readonly stop: () => Promise<void>
}

/**
 * Builds the page, starts the simulator, or none for the real service, and one server for the page
 * and the proxy; all on this machine only.
 *
 * @throws when a port is taken, with what to do about it
 */
export async function startPlayground(options: PlaygroundOptions = {}): Promise<Playground> {
  const { port = 0, apiKey } = options
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) {
      await end()
    }
  }
  try {
    // Before all that takes its time: a port that is taken is told at once.
    const app = Promise.withResolvers<Pick<Hono, 'fetch'>>()
    const server = await listen(async (request) => (await app.promise).fetch(request), port)
    stops.push(server.stop)
    const simulator =
      apiKey === undefined
        ? await startSimulator({ render, latency: [4000, 9000], ...options.simulator })
        : undefined
    if (simulator) {
      stops.push(simulator.stop)
    }
    const build = async (): Promise<string> => {
      const page = await buildPage(simulator ? 'simulator' : 'live')
      stops.push(page.remove)
      return page.folder
    }
    const folder = options.folder ?? (await build())

    const proxy = createProxyHandler({
      apiKey: apiKey ?? 'any-long-key-will-do',
      baseUrl: simulator?.url,
      models: await readModels(),
      secret: secretFor(apiKey),
      authorize: (request) => (isForThisMachine(request) ? 'me' : undefined),
    })
    app.resolve(
      new Hono()
        .all('/api/apikley/*', ({ req }) => proxy.fetch(req.raw))
        .get('*', serveStatic({ root: folder })),
    )
    return { url: server.url, folder, simulator, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Tasks of the real service are found again after a restart, because the same key gives the same
 * secret; a simulator forgets them anyway.
 */
function secretFor(apiKey: string | undefined): string {
  return apiKey === undefined
    ? randomBytes(32).toString('hex')
    : createHmac('sha256', apiKey).update('playground').digest('hex')
}

/**
 * A page of another site can make its name one of this machine (DNS rebinding). It is still that
 * name which its browser sends.
 */
function isForThisMachine(request: Request): boolean {
  return /^(127\.0\.0\.1|localhost)$/.test(new URL(request.url).hostname)
}

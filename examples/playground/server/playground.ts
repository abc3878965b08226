import { createHmac, randomBytes } from 'node:crypto'
import { createApikley } from '@apikley/client'
import { createProxyHandler } from '@apikley/server'
import { startSimulator, type ServerOptions, type SimulatorServer } from '@apikley/simulator'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { deleteCookie, getCookie } from 'hono/cookie'
import { FAILURE_COOKIE } from '../src/run/failures.ts'
import { listen } from './listen.ts'
import { readModels } from './models.ts'
import { buildPage } from './page.ts'
import { render } from './render.ts'
import { ruleFor } from './simulate.ts'

export interface PlaygroundOptions {
  /** Default: 0, a free port. */
  readonly port?: number
  /** The key of the real service. Default: none, and a simulator is started. */
  readonly apiKey?: string | undefined
  /** Options that the simulator of the playground does not set. */
  readonly simulator?: ServerOptions
  /** The folder of a built page. Default: the page is built now, and removed at the end. */
  readonly folder?: string
}

export interface Playground {
  /** The URL of the page. */
  readonly url: string
  /** The folder of the built page. */
  readonly folder: string
  readonly simulator: SimulatorServer | undefined
  readonly stop: () => Promise<void>
}

/**
 * Builds the page, and starts one server for the page and the proxy. Without a key it also starts
 * the simulator. Everything listens on this machine only.
 *
 * @throws when a port is taken, with the next step
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
    // First, because a port that is taken is reported at once.
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

    const account = { apiKey: apiKey ?? 'any-long-key-will-do', baseUrl: simulator?.url }
    const apikley = createApikley(account)
    const proxy = createProxyHandler({
      ...account,
      models: await readModels(),
      secret: secretFor(apiKey),
      authorize: (request) => (isForThisMachine(request) ? 'me' : undefined),
      // One person uses the page. The limits of the account still apply.
      limits: { creates: { limit: 120, interval: 60_000 } },
    })
    app.resolve(
      new Hono()
        .post('/api/apikley/tasks', async (context, next) => {
          const rule = ruleFor(getCookie(context, FAILURE_COOKIE))
          if (simulator && rule) {
            rule(simulator.control)
            await next()
            deleteCookie(context, FAILURE_COOKIE)
          } else {
            await next()
          }
        })
        .all('/api/apikley/*', ({ req }) => proxy.fetch(req.raw))
        // The proxy keeps the credits of a task from visitors. This page shows them to its owner.
        .get('/api/credits/:id', async (context) => {
          if (!isForThisMachine(context.req.raw)) {
            return context.notFound()
          }
          const { creditsConsumed } = await apikley.tasks.get(context.req.param('id'))
          return context.json({ credits: creditsConsumed })
        })
        .get('/assets/*', serveStatic({ root: folder }))
        .get('/assets/*', (context) => context.notFound())
        // The path of the page names a model.
        .get('*', serveStatic({ root: folder, path: 'index.html' })),
    )
    return { url: server.url, folder, simulator, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * The same key gives the same secret, so tasks of the real service are found after a restart. A
 * simulator forgets its tasks.
 */
function secretFor(apiKey: string | undefined): string {
  return apiKey === undefined
    ? randomBytes(32).toString('hex')
    : createHmac('sha256', apiKey).update('playground').digest('hex')
}

/**
 * Another site can make its name point to this machine (DNS rebinding). The browser still sends
 * that name.
 */
function isForThisMachine(request: Request): boolean {
  return /^(127\.0\.0\.1|localhost)$/.test(new URL(request.url).hostname)
}

import type { Socket } from 'node:net'
import { join } from 'node:path'
import { memoryStore, type Store } from '@apikley/client'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { createSimulator } from '@apikley/simulator'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from 'test-kit/chromium'
import { createProxyHandler, type ProxyHandler } from '../../src/index.ts'
import { listen, type Listening } from 'test-kit/listen'

/** A request as it reaches the server. */
interface Arrival {
  readonly url: string
  readonly idempotencyKey: string | undefined
  /** The number of the request on its connection, from 1. */
  readonly position: number
}

const simulator = createSimulator({ latency: 200, invisibleFor: 0 })
const arrivals: Arrival[] = []
const requestsOf = new WeakMap<Socket, number>()
/** When the connection of the next create drops. */
let drop: 'after acceptance' | 'during acceptance' | undefined
let instances: readonly ProxyHandler[] = []
let creates = 0
const errors: unknown[] = []
let site: Listening
let chromium: Awaited<ReturnType<typeof launchChromium>>
let page: Awaited<ReturnType<typeof chromium.newPage>>

/** A script that creates a client, built from the published package. */
async function buildScript(): Promise<string> {
  const contents =
    "import { createApikley } from '@apikley/client'; globalThis.apikley = createApikley()"
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '../..') },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    tsconfigRaw: {},
  })
  return outputFiles[0]?.text ?? ''
}

/** An instance of the server. */
function createInstance(store?: Store): ProxyHandler {
  return createProxyHandler({
    apiKey: 'any-long-key-will-do',
    secret: 'a secret of thirty-two characters',
    models: ['ideogram/v3-reframe'],
    credits: true,
    authorize: ({ headers }) => headers.get('x-user') ?? 'ann',
    fetch: simulator.fetch,
    store,
    onError: (error) => errors.push(error),
  })
}

/** Each create reaches the next instance. All other requests reach the first one. */
function instanceFor(pathname: string): ProxyHandler {
  const [first = createInstance()] = instances
  if (!pathname.endsWith('/tasks')) {
    return first
  }
  creates++
  return instances[(creates - 1) % instances.length] ?? first
}

beforeAll(async () => {
  const script = await buildScript()
  const respond = createRequestListener(async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/api/apikley/')) {
      return instanceFor(pathname).fetch(request)
    }
    const isScript = pathname === '/app.js'
    const headers = { 'content-type': isScript ? 'text/javascript' : 'text/html' }
    const html = '<!doctype html><script src="/app.js"></script>'
    return new Response(isScript ? script : html, { headers })
  })
  site = await listen((incoming, outgoing) => {
    const { socket, url = '', headers } = incoming
    const position = (requestsOf.get(socket) ?? 0) + 1
    requestsOf.set(socket, position)
    arrivals.push({ url, position, idempotencyKey: headers['idempotency-key']?.toString() })
    if (url.endsWith('/tasks') && drop) {
      if (drop === 'after acceptance') {
        // The connection drops before the first byte of the response.
        outgoing.writeHead = () => {
          socket.destroy()
          return outgoing
        }
      } else {
        setTimeout(() => socket.destroy(), 200)
      }
      drop = undefined
    }
    respond(incoming, outgoing)
  })
  chromium = await launchChromium()
  page = chromium.pages()[0] ?? (await chromium.newPage())
})

afterAll(async () => {
  await chromium?.close()
  await site?.stop()
})

/** Runs a model in a page while the connection of the create drops. */
async function runWithDrop(when: 'after acceptance' | 'during acceptance'): Promise<{
  readonly taskId?: string
  readonly urls?: readonly string[]
}> {
  arrivals.length = 0
  errors.length = 0
  creates = 0
  simulator.control.reset()
  if (when === 'during acceptance') {
    simulator.control.addFaults({ operation: 'create-task', fault: 'delay', ms: 600 })
  }
  await page.goto(site.url)
  await page.waitForFunction('globalThis.apikley')
  // Opens a connection that the create reuses.
  await page.evaluate('apikley.credits()')
  drop = when
  const result: Awaited<ReturnType<typeof runWithDrop>> = await page.evaluate(
    `apikley.run('ideogram/v3-reframe', { image_url: 'https://files.example.com/a.png', image_size: 'square_hd' })
      .then(({ taskId, urls }) => ({ taskId, urls }))`,
  )
  const [first, second, ...more] = arrivals.filter(({ url }) => url.endsWith('/tasks'))
  expect(first?.position, 'The create reuses a connection.').toBeGreaterThan(1)
  expect(second?.idempotencyKey, 'The browser resends it.').toBe(first?.idempotencyKey)
  expect(more).toEqual([])
  return result
}

const sharedStore = memoryStore()

describe.each(['after acceptance', 'during acceptance'] as const)(
  'Chromium resends a create on a connection that drops %s',
  (when) => {
    test.each([
      ['One instance', [createInstance()], []],
      [
        'A pair of instances with one store',
        [createInstance(sharedStore), createInstance(sharedStore)],
        [],
      ],
      // The second one creates nothing. The page then reads the key from the first one.
      [
        'The first of two instances without a shared store',
        [createInstance(), createInstance()],
        [{ kind: 'configuration' }],
      ],
    ])('%s creates one task.', async (_, handlers, logged) => {
      instances = handlers
      const { taskId, urls } = await runWithDrop(when)
      expect(simulator.journal.tasks).toHaveLength(1)
      expect(urls).toHaveLength(1)
      expect(taskId?.startsWith(`${simulator.journal.tasks[0]?.taskId}.`)).toBe(true)
      expect(errors).toMatchObject(logged)
    })
  },
)

import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { createSimulator } from '@apikley/simulator'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from 'test-kit/chromium'
import { createProxyHandler } from '../../src/index.ts'
import { listen, type Listening } from 'test-kit/listen'

/** A request as it reaches the server. */
interface Arrival {
  readonly url: string
  readonly attemptId: string | undefined
  /** The number of the request on its connection, from 1. */
  readonly position: number
}

const simulator = createSimulator({ latency: 200, invisibleFor: 0 })
const arrivals: Arrival[] = []
const requestsOf = new WeakMap<Socket, number>()
/** When the connection of the next create drops. */
let drop: 'after acceptance' | 'during acceptance' | undefined
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

beforeAll(async () => {
  const script = await buildScript()
  const proxy = createProxyHandler({
    apiKey: 'any-key',
    secret: 'a secret of thirty-two characters',
    models: ['ideogram/v3-reframe'],
    credits: true,
    authorize: () => 'ann',
    fetch: simulator.fetch,
  })
  const respond = createRequestListener(async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/api/apikley/')) {
      return proxy.fetch(request)
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
    arrivals.push({ url, position, attemptId: headers['idempotency-key']?.toString() })
    if (url.endsWith('/createTask') && drop) {
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

test.each(['after acceptance', 'during acceptance'] as const)(
  'Chromium resends a create on a connection that drops %s, and one task is created.',
  async (when) => {
    arrivals.length = 0
    simulator.control.reset()
    if (when === 'during acceptance') {
      simulator.control.addFaults({ operation: 'create-task', fault: 'delay', ms: 600 })
    }
    await page.goto(site.url)
    await page.waitForFunction('globalThis.apikley')
    // Opens a connection that the create reuses.
    await page.evaluate('apikley.credits()')
    drop = when
    const { taskId, urls }: { taskId: string; urls: string[] } = await page.evaluate(
      "apikley.run('ideogram/v3-reframe', { image_url: 'https://files.example.com/a.png', image_size: 'square' })",
    )
    const [first, second, ...more] = arrivals.filter(({ url }) => url.endsWith('/createTask'))
    expect(first?.position, 'The create reuses a connection.').toBeGreaterThan(1)
    expect(second?.attemptId, 'The browser resends it.').toBe(first?.attemptId)
    expect(more).toEqual([])
    expect(simulator.journal.bought).toBe(1)
    expect(urls).toHaveLength(1)
    expect(taskId.startsWith(`${simulator.journal.tasks[0]?.taskId}.`)).toBe(true)
  },
)

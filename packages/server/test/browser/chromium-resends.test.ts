import { build } from 'esbuild'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { createSimulator } from '@apikley/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from 'test-kit/chromium'
import { createProxyHandler } from '../../src/index.ts'
import { listen, type Listening } from 'test-kit/listen'

/** One request as the server has it. */
interface Arrival {
  readonly url: string
  readonly attemptId: string | undefined
  /** Which request of its connection it is; the first is 1. */
  readonly place: number
}

const simulator = createSimulator({ latency: 200, behaviour: { invisibleFor: 0 } })
const arrivals: Arrival[] = []
const served = new WeakMap<Socket, number>()
/** How the connection of the next create drops. */
let drop: 'after acceptance' | 'while it is being accepted' | undefined
let site: Listening
let chromium: Awaited<ReturnType<typeof launchChromium>>
let page: Awaited<ReturnType<typeof chromium.newPage>>

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      contents:
        "import { createApikley } from '@apikley/client'; globalThis.apikley = createApikley()",
      resolveDir: join(import.meta.dirname, '../..'),
    },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    // The package as it is published, whatever the configuration around it.
    tsconfigRaw: {},
  })
  const script = outputFiles[0]?.text ?? ''
  const proxy = createProxyHandler({
    apiKey: 'any-key',
    secret: 'a secret of thirty-two characters',
    models: ['ideogram/v3-reframe'],
    credits: true,
    authorize: () => 'ann',
    fetch: simulator.fetch,
  })
  const answer = createRequestListener(async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/api/apikley/')) {
      return proxy.fetch(request)
    }
    if (pathname === '/app.js') {
      return new Response(script, { headers: { 'content-type': 'text/javascript' } })
    }
    return new Response('<!doctype html><script src="/app.js"></script>', {
      headers: { 'content-type': 'text/html' },
    })
  })
  site = await listen((incoming, outgoing) => {
    const { socket, url = '', headers } = incoming
    const place = (served.get(socket) ?? 0) + 1
    served.set(socket, place)
    arrivals.push({ url, place, attemptId: headers['idempotency-key']?.toString() })
    if (url.endsWith('/createTask') && drop) {
      // The answer is ready, so the task is bought; then the connection drops before its first
      // byte.
      if (drop === 'after acceptance') {
        outgoing.writeHead = () => (socket.destroy(), outgoing)
      } else {
        setTimeout(() => socket.destroy(), 200)
      }
      drop = undefined
    }
    answer(incoming, outgoing)
  })
  chromium = await launchChromium()
  page = chromium.pages()[0] ?? (await chromium.newPage())
})

afterAll(async () => {
  await chromium?.close()
  await site?.stop()
})

test.each(['after acceptance', 'while it is being accepted'] as const)(
  'Chromium sends a create again by itself when a reused connection drops %s: one task is bought, and the page gets it',
  async (when) => {
    arrivals.length = 0
    simulator.control.reset()
    if (when === 'while it is being accepted') {
      simulator.control.addFaults({ operation: 'create-task', fault: 'delay', ms: 600 })
    }
    await page.goto(site.url)
    await page.waitForFunction('globalThis.apikley')
    // Leaves a connection open that the create will use.
    await page.evaluate('apikley.credits()')
    drop = when
    const result: { taskId: string; urls: string[] } = await page.evaluate(
      "apikley.run('ideogram/v3-reframe', { image_url: 'https://files.example.com/a.png', image_size: 'square' })",
    )
    const [first, second, ...more] = arrivals.filter(({ url }) => url.endsWith('/createTask'))
    expect(
      first?.place,
      'the first one went over a connection that had been used before',
    ).toBeGreaterThan(1)
    expect(second?.attemptId, 'the browser sent it again, unasked').toBe(first?.attemptId)
    expect(more).toEqual([])
    expect(simulator.journal.bought).toBe(1)
    expect(result.urls).toHaveLength(1)
    expect(result.taskId.startsWith(`${simulator.journal.tasks[0]?.taskId}.`)).toBe(true)
  },
)

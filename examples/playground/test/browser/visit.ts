import type { SimulatorServer } from '@apikley/simulator'
import type { BrowserContext, Page, Request } from 'playwright-core'
import { expect, inject } from 'vitest'
import { launchChromium } from 'test-kit/chromium'
import { startPlayground, type Playground } from '../../server/playground.ts'
import { recordAnnouncements } from './announcements.ts'

/** A playground and a browser. Only tests move the time of its simulator. */
export interface Site {
  readonly playground: Playground
  readonly simulator: SimulatorServer
  /** A page of a new visitor. Default: the page without a path. */
  visit(path?: string): Promise<Visit>
  close(): Promise<void>
}

export interface Visit {
  readonly page: Page
  /** The uncaught errors of the page, and those in its console. */
  readonly problems: string[]
  /** Advances the time of the simulator and of the page, which then polls. */
  pass(ms: number): Promise<void>
}

/**
 * The duration of a task in ms of the simulator's clock. It waits for a tenth of it, queues until a
 * quarter, and then generates.
 */
export const duration = 600_000

/** The delay of an answer in ms of that clock: longer than a test takes, and short for a task. */
export const held = 50_000

/** @param folder the folder of a built page */
export async function openSite(folder: string = inject('folder')): Promise<Site> {
  const playground = await startPlayground({
    folder,
    simulator: { latency: duration, invisibleFor: 0 },
  })
  const { simulator } = playground
  if (!simulator) {
    throw new Error('There is no simulator')
  }
  const context = await launchChromium()
  context.setDefaultTimeout(20_000)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  return {
    playground,
    simulator,
    visit: (path = '/') => visit(context, playground.url, path, simulator),
    async close() {
      await context.close()
      await playground.stop()
    },
  }
}

async function visit(
  context: BrowserContext,
  url: string,
  path: string,
  simulator: SimulatorServer,
): Promise<Visit> {
  // A page of an earlier test would continue its run and share the storage.
  for (const left of context.pages()) {
    await left.close()
  }
  const page = await context.newPage()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  // The browser reports every unsuccessful response. Tests assert what the page does with it.
  page.on(
    'console',
    (message) =>
      message.type() === 'error' &&
      !/Failed to load resource/.test(message.text()) &&
      problems.push(message.text()),
  )
  const polls = new Set<Request>()
  page.on('request', (request) => /\/tasks\/[^/]+$/.test(request.url()) && polls.add(request))
  page.on('requestfinished', (request) => polls.delete(request))
  page.on('requestfailed', (request) => polls.delete(request))
  await recordAnnouncements(page)
  await page.clock.install()
  // This path has no page that could write to the storage.
  await page.goto(`${url}/assets/none`)
  await page.evaluate(() => {
    localStorage.clear()
    sessionStorage.clear()
  })
  await context.clearCookies()
  simulator.control.reset()
  await page.goto(url + path)
  return {
    page,
    problems,
    async pass(ms) {
      // A poll in flight would miss this, and the next one comes later than a test waits.
      await expect.poll(() => polls.size).toBe(0)
      await simulator.clock.advance(ms)
      // Timers that are due are called once, as after the sleep of a laptop.
      await page.clock.fastForward(Math.max(ms, 3500))
    },
  }
}

import type { SimulatorServer } from '@apikley/simulator'
import type { BrowserContext, Page } from 'playwright-core'
import { inject } from 'vitest'
import { launchChromium } from 'test-kit/chromium'
import { startPlayground, type Playground } from '../../server/playground.ts'
import { recordAnnouncements } from './announcements.ts'

/** A playground whose time stands still unless a test moves it, and a browser. */
export interface Site {
  readonly playground: Playground
  readonly simulator: SimulatorServer
  /** A page of a visitor who has never been here. */
  visit(): Promise<Visit>
  close(): Promise<void>
}

export interface Visit {
  readonly page: Page
  /** What the page reported as an error, which is no part of any state. */
  readonly problems: string[]
  /** Lets so many ms pass, for the simulator and for the page, which then looks at its task. */
  pass(ms: number): Promise<void>
}

/**
 * How long a task takes, in ms of the simulator's clock: it waits for a tenth, queues until a
 * quarter, and then it generates.
 */
export const duration = 600_000

/**
 * How long an answer is held back, in ms of that clock: longer than a test takes, and short for a
 * task.
 */
export const held = 50_000

/** @param folder of a page that has been built */
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
    visit: () => visit(context, playground.url, simulator),
    async close() {
      await context.close()
      await playground.stop()
    },
  }
}

async function visit(
  context: BrowserContext,
  url: string,
  simulator: SimulatorServer,
): Promise<Visit> {
  // One that a test has left behind would go on, and share what the browser remembers.
  for (const left of context.pages()) {
    await left.close()
  }
  const page = await context.newPage()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  // The browser itself reports answers that are no success; what becomes of those is what tests
  // look at.
  page.on(
    'console',
    (message) =>
      message.type() === 'error' &&
      !/Failed to load resource/.test(message.text()) &&
      problems.push(message.text()),
  )
  await recordAnnouncements(page)
  await page.clock.install()
  // What the browser remembers is forgotten where no page is at work that would go on with it.
  await page.goto(`${url}/nothing-here`)
  await page.evaluate(() => localStorage.clear())
  simulator.control.reset()
  await page.goto(url)
  return {
    page,
    problems,
    async pass(ms) {
      await simulator.clock.advance(ms)
      // As when a lid is opened: what is due is called once.
      await page.clock.fastForward(Math.max(ms, 3500))
    },
  }
}

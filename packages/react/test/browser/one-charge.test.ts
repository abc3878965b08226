import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, launchChromium } from 'test-kit/chromium'
import { buildPage, PAGES } from './build-page.ts'
import { startSite, type ServerKind, type Site } from './site.ts'

const context: BrowserContext | undefined = hasChromium() ? await launchChromium() : undefined
afterAll(() => context?.close())

const KINDS: readonly ServerKind[] = [
  'createProxyHandler',
  'a reverse proxy that strips the prefix',
  'a reverse proxy that keeps the path',
]

let site: Site
const pages: Page[] = []
const problems: string[] = []

async function open(): Promise<Page> {
  if (!context) {
    throw new Error('Chromium was not started')
  }
  const page = await context.newPage()
  pages.push(page)
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    // The browser reports every response that is not a success.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      problems.push(message.text())
    }
  })
  await page.goto(site.url)
  return page
}

/** Clicks the button of a page, or chooses a file, as soon as it is enabled, or at a time. */
async function start(page: Page, moment = 0): Promise<void> {
  await page.locator('button, input').waitFor()
  await page.evaluate((time) => {
    while (Date.now() < time) {
      // Each tab waits for the same moment.
    }
    document.querySelector('button')?.click()
    const input = document.querySelector('input')
    if (input) {
      const chosen = new DataTransfer()
      chosen.items.add(new File(['bytes'], 'cat.png', { type: 'image/png' }))
      input.files = chosen.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
    }
  }, moment)
}

/** What a page says at the end: `a result` or an error. */
async function endOf(page: Page): Promise<{ says: string; charged: number }> {
  const end = page.locator('img, output, [role=alert]')
  await end.waitFor({ timeout: 30_000 })
  const isError = (await end.getAttribute('role')) === 'alert'
  const says = isError ? await end.innerText() : 'a result'
  return { says, charged: site.simulator.journal.tasks.length }
}

afterEach(async () => {
  await context?.setOffline(false)
  await Promise.all(pages.splice(0).map((page) => page.close()))
  await site.stop()
  if (problems.length > 0) {
    throw new Error(`The page reported problems:\n${problems.splice(0).join('\n')}`)
  }
})

describe.skipIf(!context).each(PAGES)('%s', (name) => {
  let files: ReadonlyMap<string, string>
  beforeAll(async () => {
    files = await buildPage(name)
  })

  describe.each(KINDS)('behind %s', (kind) => {
    const isProxy = kind === 'createProxyHandler'
    // Another server charges nothing, and the page says what is wrong.
    const expected = isProxy
      ? { says: 'a result', charged: 1 }
      : { says: expect.stringMatching(/^The server at proxyUrl .*createProxy/), charged: 0 }

    test('two actions at once create one task', async () => {
      site = await startSite(kind, files, 0)
      const page = await open()
      await Promise.all([start(page), start(page)])
      expect(await endOf(page)).toEqual(expected)
    })

    test('two tabs that start in the same millisecond create one task', async () => {
      site = await startSite(kind, files, 1500)
      const tabs = [await open(), await open()]
      const moment = Date.now() + 1000
      await Promise.all(tabs.map((page) => start(page, moment)))
      expect(await Promise.all(tabs.map(endOf))).toEqual([expected, expected])
    })

    test.each(['its connection drops', 'a gateway answers 502'] as const)(
      'a create after which %s creates one task',
      async (failure) => {
        site = await startSite(kind, files, 0)
        const page = await open()
        site.fail(failure)
        await start(page)
        expect(await endOf(page)).toEqual(expected)
      },
    )

    test('a click while offline creates no task, and one after a reload creates one', async () => {
      site = await startSite(kind, files, 0)
      const page = await open()
      await context?.setOffline(true)
      await start(page)
      expect(await endOf(page)).toEqual({ says: expect.stringContaining('connection'), charged: 0 })
      await context?.setOffline(false)
      await page.reload()
      await start(page)
      expect(await endOf(page)).toEqual(expected)
    })

    test('a click, a reload while creating and another click create one task', async () => {
      site = await startSite(kind, files, 1500)
      const page = await open()
      const last = isProxy ? 'tasks' : 'keys'
      await Promise.all([page.waitForRequest(`**/api/apikley/${last}`), start(page)])
      await page.reload()
      await start(page)
      expect(await endOf(page)).toEqual(expected)
      const creates = site.asked.filter((request) => request === 'POST tasks')
      expect(creates).toHaveLength(expected.charged)
    })

    test('an effect that runs in every render creates one task', async () => {
      site = await startSite(kind, await buildPage(name, 'run'), 0)
      const page = await open()
      await endOf(page)
      await page.waitForTimeout(3000)
      expect(await endOf(page)).toEqual(expected)
    })
  })

  test('a page whose server goes away says that a task may exist, and finds it later', async () => {
    site = await startSite('createProxyHandler', files, 0)
    const page = await open()
    site.fail('the server goes away')
    await start(page)
    const says = expect.stringMatching(/^It is unknown whether a task was created/)
    expect(await endOf(page)).toEqual({ says, charged: 1 })
    site.fail()
    await page.reload()
    expect(await endOf(page)).toEqual({ says: 'a result', charged: 1 })
  })

  test('a reload while waiting creates nothing, and polls once', async () => {
    site = await startSite('createProxyHandler', files, 0)
    site.simulator.control.addOutcomes({ latency: 8000 })
    const page = await open()
    await start(page)
    await page.waitForResponse('**/api/apikley/tasks/*')
    site.asked.length = 0
    await page.reload()
    await page.waitForResponse('**/api/apikley/tasks/*')
    expect(site.asked).toEqual(['GET tasks'])
    expect(await endOf(page)).toEqual({ says: 'a result', charged: 1 })
  })
})

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { chromiumPath, launchChromium } from 'test-kit/chromium'
import { startChargeSite, type ChargeSite, type ServerKind } from './charge-site.ts'

const missing = await chromiumPath().then(
  () => undefined,
  (error: Error) => error.message,
)
if (missing !== undefined) {
  console.warn(`Skipped: ${missing}`)
}
const context: BrowserContext | undefined =
  missing === undefined ? await launchChromium() : undefined
afterAll(() => context?.close())

const KINDS: readonly ServerKind[] = [
  'createProxyHandler',
  'a reverse proxy that strips the prefix',
  'a reverse proxy that keeps the path',
]

let site: ChargeSite
const pages: Page[] = []

async function open(path = '/'): Promise<Page> {
  if (!context) {
    throw new Error('Chromium was not started')
  }
  const page = await context.newPage()
  pages.push(page)
  await page.goto(`${site.url}${path}`)
  return page
}

async function click(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click()
}

/** The text of the state once the run has ended. */
async function endOf(page: Page): Promise<string> {
  const output = page.locator('output', { hasText: /success|error/ })
  await output.waitFor({ timeout: 30_000 })
  return (await output.innerText()).trim()
}

afterEach(async () => {
  await context?.setOffline(false)
  await Promise.all(pages.splice(0).map((page) => page.close()))
  await site.stop()
})

describe.skipIf(!context).each(KINDS)('a page behind %s', (kind) => {
  const isProxy = kind === 'createProxyHandler'
  // Another server charges nothing, and the page says what is wrong.
  const expected = isProxy
    ? { end: 'success', charged: 1 }
    : {
        end: expect.stringMatching(/^error configuration The server at proxyUrl .*createProxy/),
        charged: 0,
      }

  async function result(page: Page): Promise<{ end: string; charged: number }> {
    return { end: await endOf(page), charged: site.simulator.journal.tasks.length }
  }

  test('a click creates one task', async () => {
    site = await startChargeSite(kind)
    const page = await open()
    await click(page, 'Run')
    expect(await result(page)).toEqual(expected)
  })

  test.each(['the connection drops', 'a gateway answers 502'] as const)(
    'a create after which %s creates one task',
    async (failure) => {
      site = await startChargeSite(kind)
      const page = await open()
      site.fail(failure)
      await click(page, 'Run')
      expect(await result(page)).toEqual(expected)
    },
  )

  test('a click while offline creates no task, and a retry creates one', async () => {
    site = await startChargeSite(kind)
    const page = await open()
    await context?.setOffline(true)
    await click(page, 'Run')
    expect(await result(page)).toEqual({ end: expect.stringMatching(/^error conn/), charged: 0 })
    await context?.setOffline(false)
    await click(page, 'Retry')
    await page.locator('output', { hasText: /pending|success|configuration/ }).waitFor()
    expect(await result(page)).toEqual(expected)
  })

  test('clicks in two tabs at once create one task', async () => {
    site = await startChargeSite(kind, 500)
    const tabs = [await open(), await open()]
    const moment = Date.now() + 500
    const clickAt = (time: number): void => {
      while (Date.now() < time) {
        // Both tabs click in the same millisecond.
      }
      document.querySelector('button')?.click()
    }
    await Promise.all(tabs.map((page) => page.evaluate(clickAt, moment)))
    expect(await Promise.all(tabs.map(result))).toEqual([expected, expected])
  })

  test('an effect that runs in every render creates one task', async () => {
    site = await startChargeSite(kind)
    const page = await open('/?effect')
    await endOf(page)
    await page.waitForTimeout(3000)
    expect(await result(page)).toEqual(expected)
  })
})

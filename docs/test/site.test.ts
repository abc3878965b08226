import axe, { type AxeResults } from 'axe-core'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import sirv from 'sirv'
import { hasChromium, launchChromium } from 'test-kit/chromium'
import { listen, type Listening } from 'test-kit/listen'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const site = join(import.meta.dirname, '../.vitepress/dist')

const PAGES = [
  '/',
  '/start/next',
  '/guide/money',
  '/guide/errors',
  '/guide/react',
  '/guide/server',
  '/guide/waiting',
  '/models/',
  '/models/ideogram/v3-reframe',
  '/reference/',
]

// Colours do not depend on the width.
const LAYOUTS = [
  { width: 320, colorScheme: 'dark' },
  { width: 1440, colorScheme: 'light' },
] as const

/** `pnpm docs:build` has to run before. */
describe.skipIf(!hasChromium())('the site', () => {
  let server: Listening
  let context: BrowserContext
  beforeAll(async () => {
    server = await listen(sirv(site, { extensions: ['html'] }))
    context = await launchChromium()
  })
  afterAll(async () => {
    await context.close()
    await server.stop()
  })

  test.each(PAGES)('%s fits narrow and wide windows, and axe finds nothing', async (page) => {
    const tab = await context.newPage()
    for (const { width, colorScheme } of LAYOUTS) {
      await tab.setViewportSize({ width, height: 900 })
      await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await tab.goto(server.url + page)
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      await tab.evaluate(axe.source)
      const { violations } = await tab.evaluate<AxeResults>('axe.run()')
      const problems = violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target }) => `${id}: ${target.join(' ')}`),
      )
      expect({ width, colorScheme, overflow, problems }).toEqual({
        width,
        colorScheme,
        overflow: 0,
        problems: [],
      })
    }
    await tab.close()
  })

  test('a page has its text, its links and its diagram without JavaScript', async () => {
    const browser = await launchChromium('', { javaScriptEnabled: false })
    try {
      const tab = await browser.newPage()
      await tab.goto(`${server.url}/guide/waiting`)
      expect(await tab.getByRole('heading', { level: 1 }).innerText()).toMatch(/^Waiting/)
      expect(await tab.getByRole('img', { name: /A task is charged/ }).isVisible()).toBe(true)
      await tab.getByRole('link', { name: 'Next page Money' }).click()
      await tab.waitForURL(/guide\/money/)
    } finally {
      await browser.close()
    }
  })
})

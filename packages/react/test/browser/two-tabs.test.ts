import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, launchChromium } from 'test-kit/chromium'
import { buildPage } from './build-page.ts'
import { startSite, type Site } from './site.ts'

describe.skipIf(!hasChromium())('two tabs', () => {
  let context: BrowserContext
  let files: ReadonlyMap<string, string>
  let site: Site
  beforeAll(async () => {
    context = await launchChromium()
    files = await buildPage('a page that shows its state')
  })
  afterAll(() => context.close())
  afterEach(() => site.stop())

  async function open(hasLocks = true): Promise<Page> {
    const page = await context.newPage()
    if (!hasLocks) {
      await page.addInitScript(() =>
        Object.defineProperty(navigator, 'locks', { value: undefined }),
      )
    }
    await page.goto(site.url)
    return page
  }

  /** The state that a page shows when it contains a text. */
  async function stateWith(page: Page, text: string): Promise<Record<string, unknown>> {
    const output = page.locator('output', { hasText: text })
    await output.waitFor({ timeout: 30_000 })
    return JSON.parse(await output.innerText())
  }

  /** Clicks the first button of all pages in the same millisecond. */
  async function clickAtOnce(tabs: readonly Page[]): Promise<void> {
    // The user has acted. A click of a script does not count.
    await Promise.all(tabs.map((page) => page.keyboard.press('Shift')))
    const moment = Date.now() + 500
    const clickAt = (time: number): void => {
      while (Date.now() < time) {
        // Each tab waits for the same moment.
      }
      document.querySelector('button')?.click()
    }
    await Promise.all(tabs.map((page) => page.evaluate(clickAt, moment)))
  }

  test.each([
    [20, 'with', true],
    [10, 'without', false],
  ])(
    '%i clicks at once %s locks create one task each, and one tab says why',
    async (...row) => {
      const [clicks, , hasLocks] = row
      site = await startSite('createProxyHandler', files, 100)
      const tabs = [await open(hasLocks), await open(hasLocks)]
      for (let tries = 1; tries <= clicks; tries += 1) {
        await clickAtOnce(tabs)
        const states = await Promise.all(tabs.map((page) => stateWith(page, '"status":"success"')))
        expect(states[0]?.taskId).toBe(states[1]?.taskId)
        expect(site.simulator.journal.tasks).toHaveLength(tries)
        const outcomes = await Promise.all(
          tabs.map((page) => page.locator('pre', { hasText: `"count":${tries}` }).innerText()),
        )
        expect(outcomes.map((text) => JSON.parse(text).outcome).sort()).toEqual([
          expect.stringMatching(/^ignored (other-tab|pending)$/),
          'success',
        ])
      }
    },
    300_000,
  )

  test('a click of the user creates one task, whatever an effect clicks after it', async () => {
    site = await startSite(
      'createProxyHandler',
      await buildPage('a page that shows its state', 'click'),
      0,
    )
    const page = await open()
    for (const charged of [1, 2]) {
      await stateWith(page, '"status":"success"')
      // Several times the duration of a run.
      await page.waitForTimeout(3000)
      expect(site.simulator.journal.tasks).toHaveLength(charged)
      await page.getByRole('button', { name: 'Run' }).click()
      await page.locator('output', { hasText: '"status":"pending"' }).waitFor()
    }
  })

  test('the other tab shows each step and each reset at once', async () => {
    site = await startSite('createProxyHandler', files, 1500)
    site.simulator.control.addOutcomes({ latency: 8000 })
    const [one, other] = [await open(), await open()]
    const steps = ['"phase":"creating"', '"phase":"waiting"', '"status":"success"']
    await one.getByRole('button', { name: 'Run' }).click()
    for (const step of steps) {
      await stateWith(other, step)
    }
    await one.getByRole('button', { name: 'Reset' }).click()
    await stateWith(other, '"status":"idle"')
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })
})

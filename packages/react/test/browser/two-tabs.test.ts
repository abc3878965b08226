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
    files = await buildPage('a page that shows its state', false)
  })
  afterAll(() => context.close())
  afterEach(() => site.stop())

  async function open(): Promise<Page> {
    const page = await context.newPage()
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
    const moment = Date.now() + 500
    const clickAt = (time: number): void => {
      while (Date.now() < time) {
        // Each tab waits for the same moment.
      }
      document.querySelector('button')?.click()
    }
    await Promise.all(tabs.map((page) => page.evaluate(clickAt, moment)))
  }

  test('20 clicks in both tabs at once create one task each, and one tab says why', async () => {
    site = await startSite('createProxyHandler', files, 100)
    const tabs = [await open(), await open()]
    for (let tries = 1; tries <= 20; tries += 1) {
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
  }, 300_000)

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

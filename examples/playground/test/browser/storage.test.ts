import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { dropFile, sample } from './picture.ts'
import { duration, openSite, type Site } from './visit.ts'

describe.skipIf(!hasChromium())('a browser that stores nothing', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  test.each([
    [
      'is full',
      'Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }',
    ],
    [
      'is forbidden',
      'for (const area of ["localStorage", "sessionStorage"]) Object.defineProperty(window, area, { get() { throw new DOMException("no", "SecurityError") } })',
    ],
  ])('The page works while it is open if the storage %s', async (_why, script) => {
    const { page, problems, pass } = await site.visit()
    await page.addInitScript(script)
    await page.reload()
    await page.getByRole('radio', { name: 'Dark' }).click()
    await dropFile(page, sample)
    await page.getByText('1200 × 900').waitFor()
    await page.getByRole('button', { name: 'Generate', exact: true }).click()
    await page.getByText('The task is accepted').first().waitFor()
    await pass(duration)
    await page.getByText('1024 × 1024').waitFor()
    expect(await page.locator('.card-item').count()).toBe(1)
    expect(site.simulator.journal.tasks).toHaveLength(1)
    expect(problems).toEqual([])
  })
})

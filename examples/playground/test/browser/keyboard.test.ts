import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { tabTo } from './tab-to.ts'
import { openSite, type Site } from './visit.ts'

describe.skipIf(!hasChromium())('by keyboard alone', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  test('a picture is pasted, wherever the focus is', async () => {
    const { page } = await site.visit()
    await page.getByRole('button', { name: 'Generate' }).waitFor()
    const png = await sharp({
      create: { width: 300, height: 200, channels: 3, background: '#369' },
    })
      .png()
      .toBuffer()
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      await navigator.clipboard.write([
        new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) }),
      ])
    }, png.toString('base64'))
    await page.keyboard.press('Control+v')
    await page.getByText('300 × 200').waitFor()
    await page.getByRole('button', { name: /^Remove/ }).click()
    await page.getByText('300 × 200').waitFor({ state: 'detached' })

    // On the drop zone itself, once.
    await tabTo(page, /drop or paste here/)
    await page.keyboard.press('Control+v')
    await page.getByText('300 × 200').waitFor()
    expect(await page.locator('.media').count()).toBe(1)
  })
})

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { duration, openSite, type Site } from './visit.ts'

/** More stops than the page has. */
const mostStops = 60

/** Goes on by Tab until something with this name has the focus, which has to be seen on it. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let stops = 0; stops < mostStops; stops++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      const element = document.activeElement ?? document.body
      const labelledBy = element
        .getAttribute('aria-labelledby')
        ?.split(' ')
        .map((id) => document.getElementById(id))
      const labels =
        element instanceof HTMLInputElement
          ? [...(element.labels ?? [])]
          : (labelledBy ?? [element])
      const text = labels
        .map((label) => label?.getAttribute('aria-label') ?? label?.textContent ?? '')
        .join(' ')
      const around = [element, element.closest('label'), element.closest('.drop-zone')]
      const hasRing = around.some(
        (one) => one !== null && getComputedStyle(one).outlineStyle !== 'none',
      )
      return { name: (element.getAttribute('aria-label') ?? text).trim(), hasRing }
    })
    if (!name.test(stop.name)) {
      continue
    }
    expect(stop.hasRing, `${stop.name} shows that it has the focus`).toBe(true)
    return
  }
  throw new Error(`Tab never comes to ${name}`)
}

describe.skipIf(!hasChromium())('by keyboard alone', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  test('a picture is chosen, framed, generated and downloaded', async () => {
    const { page, pass, problems } = await site.visit()
    await tabTo(page, /^Use the sample$/)
    await page.keyboard.press('Enter')
    await page.getByText('1200 × 900').waitFor()
    // The button that was pressed is gone; the focus is not.
    expect(await page.locator(':focus').textContent()).toBe('Replace')

    await tabTo(page, /^Square HD$/)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.getByText('new frame 9:16').waitFor()
    await tabTo(page, /^More options/)
    await page.keyboard.press('Enter')
    await tabTo(page, /^Balanced$/)
    await page.keyboard.press('ArrowLeft')

    await tabTo(page, /^Generate$/)
    await page.keyboard.press('Enter')
    await page.getByText('The task is accepted').first().waitFor()
    // A second press while it is pending creates no task and keeps the focus.
    await page.keyboard.press('Enter')
    expect(await page.locator(':focus').textContent()).toMatch(/^Generating/)
    await pass(duration)
    await page.getByText('576 × 1024').waitFor()

    const downloaded = page.waitForEvent('download')
    await tabTo(page, /^Download$/)
    await page.keyboard.press('Enter')
    expect(await sharp(await readFile(await (await downloaded).path())).metadata()).toMatchObject({
      width: 576,
      height: 1024,
    })
    expect(site.simulator.journal.tasks).toHaveLength(1)
    expect(
      site.simulator.journal.requests.find(({ operation }) => operation === 'create-task')?.body,
    ).toMatchObject({
      input: { image_size: 'portrait_16_9', rendering_speed: 'TURBO' },
    })
    expect(problems).toEqual([])
  })

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

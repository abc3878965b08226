import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** More stops than the page has. */
const MAX_STOPS = 90

/** Presses Tab until an element with this name has the focus. The focus must be visible. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let stops = 0; stops < MAX_STOPS; stops++) {
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
  throw new Error(`Tab never reaches ${name}`)
}

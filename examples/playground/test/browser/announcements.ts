import type { Page } from 'playwright-core'

/** Notes everything that any live region of the page says, from the first moment on. */
export async function recordAnnouncements(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const said: string[] = []
    Object.assign(window, { said })
    const live =
      '[role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive]'
    new MutationObserver((records) => {
      const regions = new Set<Element>()
      for (const { target } of records) {
        const region = (target instanceof Element ? target : target.parentElement)?.closest(live)
        if (region) {
          regions.add(region)
        }
        if (target instanceof Element) {
          for (const inside of target.querySelectorAll(live)) {
            regions.add(inside)
          }
        }
      }
      for (const region of regions) {
        const text = region.textContent?.trim() ?? ''
        if (text !== '' && Reflect.get(region, 'lastSaid') !== text) {
          said.push(text)
        }
        Reflect.set(region, 'lastSaid', text)
      }
    }).observe(document, { subtree: true, childList: true, characterData: true })
  })
}

/** What was said since the last time that somebody asked. */
export function announcements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const said: unknown = Reflect.get(window, 'said')
    return Array.isArray(said) ? said.splice(0).map(String) : []
  })
}

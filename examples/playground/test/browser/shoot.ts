import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const folder = join(import.meta.dirname, '../../screenshots')
const WIDTHS: readonly number[] = [320, 1440]
const themes = ['light', 'dark'] as const

/**
 * Takes screenshots of a state in both themes, and lets axe check each. Nothing may overflow the
 * width, and nothing may move, because the visitor prefers reduced motion.
 *
 * @param widths default: narrow and wide
 */
export async function shoot(page: Page, state: string, widths = WIDTHS): Promise<void> {
  await mkdir(folder, { recursive: true })
  await page.mouse.move(0, 0)
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.screenshot({
        path: join(folder, `${state}-${width}-${theme}.png`),
        fullPage: true,
      })
      expect(await violations(page), `${state}, ${width} px, ${theme}`).toEqual([])
    }
    expect(
      await page.evaluate(() => document.getAnimations().length),
      `${state}, ${width} px`,
    ).toBe(0)
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      `${state}, ${width} px`,
    ).toBeLessThanOrEqual(0)
  }
}

/** The findings of axe with all of its rules, in a part of the page. */
export async function violations(page: Page, part: string = 'html'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.evaluate(axe.source)
  }
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(part)}, { resultTypes: ["violations"] })`,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`),
  )
}

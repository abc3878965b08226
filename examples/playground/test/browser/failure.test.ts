import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { announcements } from './announcements.ts'
import { dropFile, sample } from './picture.ts'
import { shoot } from './shoot.ts'
import { duration, openSite, type Site, type Visit } from './visit.ts'

describe.skipIf(!hasChromium())('what goes wrong', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  /** A visitor who has dropped a picture. */
  async function ready(): Promise<Visit> {
    const visit = await site.visit()
    await dropFile(visit.page, sample)
    await visit.page.getByText('1200 × 900').waitFor()
    return visit
  }

  test('a task that fails is announced once, with the reason of the model', async () => {
    const { page, pass } = await ready()
    site.simulator.control.addOutcomes({
      state: 'fail',
      failCode: '422',
      failMsg: 'The picture shows nothing',
    })
    await page.getByRole('button', { name: 'Generate' }).click()
    await page.getByText('The task is accepted').first().waitFor()
    await pass(duration)
    await page.getByRole('heading', { name: 'The model could not do it' }).waitFor()
    await shoot(page, '08-task-failed')
    const failures = (await announcements(page)).filter((text) => /fail|could not/i.test(text))
    expect(failures).toEqual([expect.stringContaining('The picture shows nothing')])
  })

  test('A lost answer is read again, and resume() asks a proxy that was unreachable.', async () => {
    const { page, pass } = await ready()
    await page.route('**/api/apikley/tasks', async (route) => {
      await route.fetch()
      await route.abort('connectionreset')
    })
    await page.route('**/api/apikley/keys/*', (route) => route.abort('connectionreset'))
    await page.getByRole('button', { name: 'Generate' }).click()
    await pass(60_000)
    await page.getByRole('heading', { name: 'It is unknown whether a task was created' }).waitFor()
    await shoot(page, '09-unconfirmed')
    expect((await announcements(page)).filter((text) => text.startsWith('Failed'))).toHaveLength(1)
    expect(site.simulator.journal.tasks).toHaveLength(1)

    await page.unroute('**/api/apikley/tasks')
    await page.unroute('**/api/apikley/keys/*')
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    // The first poll may follow at once.
    await page
      .getByText(/^(The task is accepted|Waiting for its turn)/)
      .first()
      .waitFor()
    await pass(duration)
    await page.getByText('1024 × 1024').waitFor()
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })

  test('a refusal says what it is about, and costs nothing', async () => {
    const { page } = await ready()
    site.simulator.control.addFaults({
      fault: 'code',
      code: 402,
      msg: 'Credits insufficient',
      operation: 'create-task',
    })
    await page.getByRole('button', { name: 'Generate' }).click()
    await page.getByRole('heading', { name: 'There are not enough credits' }).waitFor()
    await page.getByRole('button', { name: 'Back to the form' }).click()
    await page.getByText('The result will be here.').waitFor()
    expect(await focusedSection(page)).toBe('Input')
    expect(site.simulator.journal.tasks).toHaveLength(0)
  })

  test('a wait that was stopped goes on from the list, with the same task', async () => {
    const { page, pass } = await ready()
    await page.getByRole('button', { name: 'Generate' }).click()
    await page.getByText('The task is accepted').first().waitFor()
    await pass(duration * 0.3)
    await page.getByText('Generating', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Stop waiting' }).click()
    await page.getByText('Not waited for. The task continues.').waitFor()
    expect(await focusedSection(page)).toBe('Result')
    await shoot(page, '10-stopped')
    await page.getByRole('button', { name: /^Resume ideogram/ }).click()
    await pass(duration)
    await page.getByText('1024 × 1024').waitFor()
    expect(site.simulator.journal.tasks).toHaveLength(1)

    await page.getByRole('button', { name: /^Remove ideogram.* from the list$/ }).click()
    await page.getByText('Tasks that you start stay listed here').waitFor()
    await expect.poll(() => page.locator(':focus').textContent()).toBe('Undo')
  })

  test('a refused file and an omitted field are reported at their fields', async () => {
    const { page } = await site.visit()
    await page.getByRole('button', { name: 'Generate' }).click()
    await page.getByText('Choose a file first.').waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Choose a file')
    await dropFile(page, import.meta.filename)
    await page
      .getByText(/failure\.test\.ts is .* This field takes JPEG, PNG, or WebP\./)
      .first()
      .waitFor()
    await shoot(page, '11-refused-file')
    expect(await announcements(page)).toEqual([
      expect.stringContaining('This field takes JPEG, PNG, or WebP.'),
    ])
    expect(site.simulator.journal.received).toBe(0)
  })
})

/** The part of the page that has the focus itself, after a button in it was removed. */
function focusedSection(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const { activeElement } = document
    return activeElement?.tagName === 'SECTION'
      ? activeElement.querySelector('h2')?.textContent
      : activeElement?.outerHTML
  })
}

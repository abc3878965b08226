import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, launchChromium } from 'test-kit/chromium'
import { startSite, type Site } from './site.ts'

const missing = await chromiumPath().then(
  () => undefined,
  (error: Error) => error.message,
)
if (missing !== undefined) {
  console.warn(`Skipped: ${missing}`)
}

const context: BrowserContext | undefined =
  missing === undefined ? await launchChromium() : undefined
afterAll(() => context?.close())

describe.skipIf(!context)('one action of the user creates one task in a real browser', () => {
  let site: Site
  let page: Page
  const problems: string[] = []

  beforeEach(async () => {
    // Long enough to do something to the page while the task is being created.
    site = await startSite({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 1500, times: 'always' }],
    })
    if (!context) {
      throw new Error('Chromium was not started')
    }
    page = await context.newPage()
    problems.length = 0
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') {
        problems.push(message.text())
      }
    })
  })
  afterEach(async () => {
    await page.close()
    await site.stop()
    if (problems.length > 0) {
      throw new Error(`The page reported problems:\n${problems.join('\n')}`)
    }
  })

  /** Waits until the page shows a state with this in it, and gives the state. */
  async function shows(text: string): Promise<Record<string, unknown>> {
    const output = page.locator('output', { hasText: text })
    await output.waitFor({ timeout: 20_000 })
    return JSON.parse(await output.innerText())
  }

  test('An effect in StrictMode creates one task, also with all controls in its dependencies.', async () => {
    await page.goto(`${site.url}/?auto`)
    expect(await shows('"status":"success"')).toMatchObject({ urls: [expect.any(String)] })
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })

  test('A double click creates one task.', async () => {
    await page.goto(site.url)
    await page.getByRole('button', { name: 'Run' }).dblclick()
    await shows('"status":"success"')
    expect(site.simulator.journal.tasks).toHaveLength(1)
    expect(site.asked.filter((request) => request === 'POST tasks')).toHaveLength(1)
  })

  test('A component that mounts again while creating and waiting shows its run.', async () => {
    await page.goto(site.url)
    await page.getByRole('button', { name: 'Run' }).click()
    for (const phase of ['creating', 'waiting']) {
      const before = await shows(`"phase":"${phase}"`)
      await page.getByRole('button', { name: 'Take away' }).click()
      await page.getByRole('button', { name: 'Put back' }).click()
      expect(await shows('"status":"pending"')).toMatchObject(
        phase === 'waiting' ? { taskId: before.taskId } : { phase },
      )
    }
    await shows('"status":"success"')
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })

  test('A reload while creating reads what became of the create.', async () => {
    await page.goto(site.url)
    await Promise.all([
      page.waitForRequest('**/api/apikley/tasks'),
      page.getByRole('button', { name: 'Run' }).click(),
    ])
    await shows('"phase":"creating"')
    await page.reload()
    expect(await shows('"status":"success"')).toMatchObject({ taskId: expect.any(String) })
    expect(site.simulator.journal.tasks).toHaveLength(1)
    expect(site.asked.filter((request) => request === 'POST tasks')).toHaveLength(1)
  })

  test('A reload while waiting polls once and shows the same fields.', async () => {
    site.simulator.control.addOutcomes({ latency: 8000 })
    await page.goto(site.url)
    await page.getByRole('button', { name: 'Run' }).click()
    const before = await shows('"state":"')
    expect(before).toMatchObject({ phase: 'waiting', taskId: expect.any(String) })
    site.asked.length = 0
    await page.reload()
    const after = await shows('"state":"')
    expect(site.asked).toEqual(['GET tasks'])
    expect({ ...after, task: undefined }).toEqual({ ...before, task: undefined })
    expect(Object.keys(Object(after.task))).toEqual(Object.keys(Object(before.task)))
    expect(await shows('"status":"success"')).toMatchObject({ taskId: before.taskId })
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })
})

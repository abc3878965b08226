import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { hasChromium, launchChromium } from 'test-kit/chromium'
import { startSite, type ServerKind, type Site } from './site.ts'

const context: BrowserContext | undefined = hasChromium() ? await launchChromium() : undefined
afterAll(() => context?.close())

const KINDS: readonly ServerKind[] = [
  'createProxyHandler',
  'a reverse proxy that strips the prefix',
  'a reverse proxy that keeps the path',
]

let site: Site
const pages: Page[] = []
const problems: string[] = []

async function open(path = '/'): Promise<Page> {
  if (!context) {
    throw new Error('Chromium was not started')
  }
  const page = await context.newPage()
  pages.push(page)
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    // The browser reports every response that is not a success.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      problems.push(message.text())
    }
  })
  await page.goto(`${site.url}${path}`)
  return page
}

function click(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name }).click()
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

/** Waits until the state of the page contains a text, and returns the state. */
async function stateWith(page: Page, text: string | RegExp): Promise<Record<string, unknown>> {
  const output = page.locator('output', { hasText: text })
  await output.waitFor({ timeout: 30_000 })
  return JSON.parse(await output.innerText())
}

afterEach(async () => {
  await context?.setOffline(false)
  await Promise.all(pages.splice(0).map((page) => page.close()))
  await site.stop()
  if (problems.length > 0) {
    throw new Error(`The page reported problems:\n${problems.splice(0).join('\n')}`)
  }
})

describe.skipIf(!context).each(KINDS)('a page behind %s', (kind) => {
  // Another server charges nothing, and the page says what is wrong.
  const message = expect.stringMatching(/^The server at proxyUrl .*createProxy/)
  const expected =
    kind === 'createProxyHandler'
      ? { state: { status: 'success' }, charged: 1 }
      : { state: { status: 'error', error: { kind: 'configuration', message } }, charged: 0 }

  async function result(page: Page): Promise<{ state: object; charged: number }> {
    const state = await stateWith(page, /"status":"(success|error)"/)
    return { state, charged: site.simulator.journal.tasks.length }
  }

  test('a double click creates one task', async () => {
    site = await startSite(kind, 0)
    const page = await open()
    await page.getByRole('button', { name: 'Run' }).dblclick()
    expect(await result(page)).toMatchObject(expected)
  })

  test.each(['the connection drops', 'a gateway answers 502'] as const)(
    'a create after which %s creates one task',
    async (failure) => {
      site = await startSite(kind, 0)
      const page = await open()
      site.fail(failure)
      await click(page, 'Run')
      expect(await result(page)).toMatchObject(expected)
    },
  )

  test('a click while offline creates no task, and a retry creates one', async () => {
    site = await startSite(kind, 0)
    const page = await open()
    await context?.setOffline(true)
    await click(page, 'Run')
    const offline = { state: { error: { kind: 'connection' } }, charged: 0 }
    expect(await result(page)).toMatchObject(offline)
    await context?.setOffline(false)
    await click(page, 'Retry')
    await stateWith(page, /pending|success|configuration/)
    expect(await result(page)).toMatchObject(expected)
  })

  test('clicks in two tabs at once create one task', async () => {
    site = await startSite(kind, 500)
    const tabs = [await open(), await open()]
    await clickAtOnce(tabs)
    expect(await Promise.all(tabs.map(result))).toMatchObject([expected, expected])
  })

  test('an effect that runs in every render creates one task', async () => {
    site = await startSite(kind, 0)
    const page = await open('/?effect')
    await result(page)
    await page.waitForTimeout(3000)
    expect(await result(page)).toMatchObject(expected)
  })
})

describe.skipIf(!context)('a reload creates nothing', () => {
  test('while creating, it reads what became of the create', async () => {
    site = await startSite('createProxyHandler', 1500)
    const page = await open()
    await Promise.all([page.waitForRequest('**/api/apikley/tasks'), click(page, 'Run')])
    await stateWith(page, '"phase":"creating"')
    await page.reload()
    const after = await stateWith(page, '"status":"success"')
    expect(after).toMatchObject({ taskId: expect.any(String) })
    expect(site.asked.filter((request) => request === 'POST tasks')).toHaveLength(1)
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })

  test('while waiting, it polls once and shows the same fields', async () => {
    site = await startSite('createProxyHandler', 0)
    site.simulator.control.addOutcomes({ latency: 8000 })
    const page = await open()
    await click(page, 'Run')
    const before = await stateWith(page, '"state":"')
    site.asked.length = 0
    await page.reload()
    const after = await stateWith(page, '"state":"')
    expect(site.asked).toEqual(['GET tasks'])
    expect({ ...after, task: undefined }).toEqual({ ...before, task: undefined, input: undefined })
    expect(Object.keys(Object(after.task))).toEqual(Object.keys(Object(before.task)))
    const end = await stateWith(page, '"status":"success"')
    expect(end).toMatchObject({ taskId: before.taskId })
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })
})

describe.skipIf(!context)('two tabs', () => {
  test('20 of 20 clicks at once create one task each, and one tab says why it did nothing', async () => {
    site = await startSite('createProxyHandler', 100)
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

  test('the other tab shows each step at once, and a reset', async () => {
    site = await startSite('createProxyHandler', 1500)
    site.simulator.control.addOutcomes({ latency: 8000 })
    const [one, other] = [await open(), await open()]
    const steps = [
      '"phase":"creating"',
      '"phase":"waiting"',
      '"status":"success"',
      '"status":"idle"',
    ]
    await click(one, 'Run')
    for (const step of steps) {
      await (step.includes('idle') && click(one, 'Reset'))
      await other.locator('output', { hasText: step }).waitFor({ timeout: 30_000 })
    }
    expect(site.simulator.journal.tasks).toHaveLength(1)
  })
})

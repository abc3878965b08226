import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { dropFile, sample } from './picture.ts'
import { shoot } from './shoot.ts'
import { duration, openSite, type Site, type Visit } from './visit.ts'

const VIDEO = '/wan/2-6-text-to-video'
const REFRAME = '/ideogram/v3-reframe'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
const prompt = (page: Page) => page.getByLabel(/^Prompt/)

describe.skipIf(!hasChromium())('the state of the page', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  /** A page with a finished task. */
  async function finished(): Promise<Visit> {
    const visit = await site.visit(`${REFRAME}?image_size=portrait_16_9`)
    await dropFile(visit.page, sample)
    await visit.page.getByText('1200 × 900').waitFor()
    await visit.page.keyboard.press('Control+Enter')
    await visit.page.getByText('The task is accepted').first().waitFor()
    await visit.pass(duration)
    await visit.page.getByText('Task id').waitFor()
    return visit
  }

  test('The URL holds the inputs, and a reload and Back restore them.', async () => {
    const { page, problems } = await site.visit(`${VIDEO}?duration=10&wrong=1&resolution=9p`)
    await page.getByText('Ignored in the URL: wrong, resolution').waitFor()
    expect(await page.getByRole('radio', { name: '10', exact: true }).isChecked()).toBe(true)
    await prompt(page).fill('A cat & a dog')
    await expect.poll(() => new URL(page.url()).search).toBe('?prompt=A+cat+%26+a+dog&duration=10')

    await page.goto(`${site.playground.url}/elevenlabs/sound-effect-v2`)
    await page.getByLabel(/^Text/).fill('Rain')
    await page.reload()
    expect(await page.getByLabel(/^Text/).inputValue()).toBe('Rain')
    await page.goBack()
    expect(await prompt(page).inputValue()).toBe('A cat & a dog')
    // Without a query the saved form counts.
    await page.goto(site.playground.url + VIDEO)
    expect(await prompt(page).inputValue()).toBe('A cat & a dog')
    await page.goto(`${site.playground.url}/no/model`)
    await page.getByText('the model no/model is unknown').waitFor()
    expect(problems).toEqual([])
  })

  test('An earlier task opens, and its settings and its result fill the form.', async () => {
    const { page } = await finished()
    await page.goto(`${site.playground.url}/recraft/crisp-upscale`)
    await button(page, /^Open the result/).click()
    await page.getByText('576 × 1024').waitFor()
    expect(await page.locator(':focus h2').textContent()).toBe('Result')
    await shoot(page, '14-opened', [1440])

    await button(page, /^Use as input: the result/).click()
    await expect.poll(() => page.url()).toMatch(/crisp-upscale\?image=http.*webp$/)
    await button(page, /^Use these settings/).click()
    await expect.poll(() => page.url()).toMatch(/v3-reframe\?image_size=portrait_16_9$/)
    expect(await page.getByRole('radio', { name: 'Portrait 16:9' }).isChecked()).toBe(true)
    await page.goBack()
    await page.getByText(/webp$/).first().waitFor()
  })

  test('A removed task comes back with Undo, in all tabs.', async () => {
    const { page } = await finished()
    const other = await page.context().newPage()
    await other.goto(site.playground.url + REFRAME)
    await other.locator('.card-item').waitFor()
    await button(page, /^Remove ideogram/).click()
    await page.getByText('The result will be here').waitFor()
    await other.locator('.card-item').waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.locator('.card-item').waitFor()
    await other.locator('.card-item').waitFor()
    await page.getByRole('radio', { name: 'Dark' }).click()
    await other.locator('html[data-theme=dark]').waitFor()
    await page.reload()
    await page.locator('.card-item').waitFor()
    expect(await page.locator('.card-item').count()).toBe(1)
  })

  test.each([
    // Nobody creates a second task by accident.
    ['Lost response', 'It is unknown whether a task was created', 1, 'Back to the form'],
    ['Refused', 'The service refused it', 0, 'Try again'],
    ['Failed task', 'The model could not do it', 1, 'Try again'],
    ['Limit reached', 'The limit of the key is reached', 0, 'Try again'],
  ])('%s is simulated once, and the next run succeeds.', async (name, title, tasks, next) => {
    const { page, pass } = await site.visit(VIDEO)
    await prompt(page).fill('A cat')
    await page.getByLabel('Simulate').selectOption(name)
    await button(page, 'Generate').click()
    if (name === 'Failed task') {
      await page.getByText('The task is accepted').first().waitFor()
      await pass(duration)
    }
    await page.getByRole('heading', { name: title }).waitFor()
    expect(await page.title()).toBe('Failed – Playground')
    expect(site.simulator.journal.tasks).toHaveLength(tasks)
    await expect.poll(() => page.getByLabel('Simulate').inputValue()).toBe('none')
    await button(page, next).click()
    await page.keyboard.press('Control+Enter')
    await page.getByText('The task is accepted').first().waitFor()
    await pass(duration)
    await page.getByText('Task id').waitFor()
    expect(site.simulator.journal.tasks).toHaveLength(tasks + 1)
  })

  test('A slow task is simulated, and takes a minute.', async () => {
    const { page, pass } = await site.visit(VIDEO)
    await prompt(page).fill('A cat')
    await page.getByLabel('Simulate').selectOption('Slow task')
    await button(page, 'Generate').click()
    await page.getByText('The task is accepted').first().waitFor()
    await pass(50_000)
    expect(await page.getByText('Task id').count()).toBe(0)
    await pass(10_000)
    await page.getByText('Task id').waitFor()
  })

  test('A browser without a connection is reported while a task runs.', async () => {
    const { page, pass } = await site.visit(VIDEO)
    await prompt(page).fill('A cat')
    await page.keyboard.press('Control+Enter')
    await page.getByText('The task is accepted').first().waitFor()
    await page.context().setOffline(true)
    await page.getByText('Offline. The wait continues').first().waitFor()
    await page.context().setOffline(false)
    await page.getByText('Offline. The wait continues').first().waitFor({ state: 'detached' })
    await pass(duration)
    await page.getByText('Task id').waitFor()
    expect(await page.title()).toBe('Done – Playground')
  })

  test('The page keeps its place, its text size and its theme.', async () => {
    const { page } = await site.visit()
    await page.locator('.drop-zone').waitFor()
    await dropFile(page, sample, 'h1')
    expect(new URL(page.url()).pathname).toBe('/')
    await button(page, 'Choose a file').waitFor()

    const sizes = () =>
      page
        .locator('h1, .service, .hint')
        .evaluateAll((texts) => texts.map((text) => parseFloat(getComputedStyle(text).fontSize)))
    const before = await sizes()
    await page.addStyleTag({ content: ':root { font-size: 32px }' })
    expect(await sizes()).toEqual(before.map((size) => 2 * size))

    // Before any module of the page has run.
    await page.evaluate(() => localStorage.setItem('playground:theme', 'dark'))
    await page.route('**/*.{js,css}', (route) => route.abort())
    await page.goto(site.playground.url)
    await page.emulateMedia({ colorScheme: 'light' })
    const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
    expect(scheme).toBe('dark')
  })
})

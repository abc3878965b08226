import { gzipSync } from 'node:zlib'
import type { ModelDescriptor } from '@apikley/types'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { hasChromium, launchChromium } from 'test-kit/chromium'
import { readModels } from '../../server/models.ts'
import { startPlayground, type Playground } from '../../server/playground.ts'
import { mediaKind } from '../../src/form/check-file.ts'
import { controlOf } from '../../src/form/control.ts'
import { sample } from './picture.ts'
import { shoot, violations } from './shoot.ts'

/** In ms; longer than the interval of the first polls. */
const POLL_INTERVAL_MS = 5000

describe.skipIf(!hasChromium())('the forms', () => {
  let playground: Playground
  let context: BrowserContext
  beforeAll(async () => {
    const simulator = { latency: 1, invisibleFor: 0 }
    playground = await startPlayground({ folder: inject('folder'), simulator })
    context = await launchChromium()
    await context.clock.install()
  })
  afterAll(async () => {
    await context?.close()
    await playground?.stop()
  })

  test('The example of every model gets a result, and axe accepts every control.', async () => {
    const models = await readModels()
    expect(models.length).toBeGreaterThanOrEqual(52)
    const seen = new Set<string>()
    const failures: string[] = []
    // One page: Chromium slows the pages that are not in front.
    const page = await open()
    const problems = recordProblems(page)
    for (const model of models) {
      const kinds = controlsOf(model)
      const isNew = kinds.some((kind) => !seen.has(kind))
      kinds.forEach((kind) => seen.add(kind))
      await runExample(page, model, isNew).catch((error) => problems.push(String(error)))
      failures.push(...problems.splice(0).map((problem) => `${model.id}: ${problem}`))
    }
    await page.close()
    expect(failures).toEqual([])
  }, 400_000)

  /** Opens the page, with a model. */
  async function open(id?: string): Promise<Page> {
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await clearStorage(page)
    await page.goto(playground.url)
    if (id !== undefined) {
      await chooseModel(page, id)
    }
    return page
  }

  /** Clears it on a path without a page, which could write to it. */
  async function clearStorage(page: Page): Promise<void> {
    await page.goto(`${playground.url}/assets/none`)
    await page.evaluate(() => localStorage.clear())
  }

  test('Rows are added with an example, moved, removed and checked.', async () => {
    const page = await open('sora-2-pro-storyboard')
    const add = page.getByRole('button', { name: 'Add shot' })
    const scenes = page.getByRole('textbox', { name: 'Scene' })
    await add.click()
    await add.click()
    await scenes.nth(1).waitFor()
    expect(await scenes.first().inputValue()).toContain('lighthouse')
    await scenes.nth(1).fill('A storm')
    await page.getByRole('button', { name: 'Move Shot 2 up' }).click()
    expect(await scenes.first().inputValue()).toBe('A storm')
    await page.getByRole('textbox', { name: 'Duration' }).nth(1).fill('')
    await page.getByRole('button', { name: 'Generate' }).click()
    await page.getByText('Duration is required.').waitFor()
    await page.locator('[data-path="shots.1.duration"] input:focus').waitFor()
    await shoot(page, '12-rows')
    await page.getByRole('button', { name: 'Remove Shot 2' }).click()
    expect(await scenes.count()).toBe(1)
    expect(await page.getByRole('status').textContent()).toBe('Shot 2 is removed')
    await page.close()
  })

  test('A long list is searched by keyboard, and the focus returns to its button.', async () => {
    const page = await open('elevenlabs/text-to-speech-multilingual-v2')
    const voice = page.getByRole('button', { name: /^Voice/ })
    await voice.press('Enter')
    await page.getByRole('searchbox').waitFor()
    await shoot(page, '13-list')
    await page.keyboard.type('sar')
    await page.keyboard.press('Enter')
    await page.locator('button:focus', { hasText: /^Sarah$/ }).waitFor()
    expect(await page.getByRole('searchbox').count()).toBe(0)
    await page.close()
  })

  test('Files of every kind have a thumbnail, and a wrong file has a reason.', async () => {
    const page = await open('google/nano-banana-edit')
    await page.locator('input[type=file]').setInputFiles([sample, import.meta.filename])
    await page
      .getByText(/models\.test\.ts is .* This field takes JPEG, PNG, or WebP\./)
      .first()
      .waitFor()
    const url = page.getByRole('textbox', { name: 'URL for Images' })
    await url.fill('cat.png')
    await url.press('Enter')
    await page.getByText('“cat.png” is not a valid http or https URL.').first().waitFor()
    await url.fill('https://files.example.com/cat.png')
    await url.press('Enter')
    await page.locator('.media').nth(1).waitFor()
    expect(await page.locator('.media').count()).toBe(2)
    await shoot(page, '14-files')
    await chooseModel(page, 'kling/ai-avatar-v1-pro')
    await page.getByRole('button', { name: 'Fill in the example' }).click()
    await page.locator('.media[data-kind=audio] audio').waitFor()
    await page.locator('.media[data-kind=image] img').waitFor()
    await chooseModel(page, 'wan/2-2-animate-move')
    await page.getByRole('button', { name: 'Use the sample' }).first().click()
    await page.locator('.media[data-kind=video] video').waitFor()
    await page.close()
  })

  test('The code follows the form and is copied.', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await open('wan/2-6-text-to-video')
    await page.getByRole('textbox', { name: 'Prompt' }).fill('A cat on a roof')
    await page.getByRole('button', { name: 'Show the code' }).press('Enter')
    await page.getByRole('tab', { name: 'TypeScript' }).waitFor()
    await page.keyboard.press('Tab')
    await page.locator('[role=tab]:focus', { hasText: 'TypeScript' }).waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('region', { name: 'curl code' }).getByText('"A cat on a roof"').waitFor()
    await shoot(page, '15-code')
    await page.getByRole('button', { name: 'Copy curl' }).click()
    await page.getByText('Copied', { exact: true }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('"A cat on a roof"')
    await page.close()
  })

  test('The first load has at most 200 kB after gzip.', async () => {
    const page = await context.newPage()
    await clearStorage(page)
    const sizes: Promise<number>[] = []
    page.on('response', (response) => {
      if (!response.url().startsWith('data:')) {
        sizes.push(response.body().then((body) => gzipSync(body).length))
      }
    })
    await page.goto(playground.url, { waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'Generate' }).waitFor()
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    expect(total).toBeGreaterThan(100_000)
    expect(total).toBeLessThanOrEqual(200_000)
    await page.close()
  })

  async function runExample(page: Page, model: ModelDescriptor, isNew: boolean): Promise<void> {
    await chooseModel(page, model.id)
    await page.getByRole('button', { name: 'Fill in the example' }).click()
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.media, .row, textarea, input[type=text][name]')].some(
        (element) => !('value' in element) || element.value !== '',
      ),
    )
    expect(isNew ? await checkControls(page) : []).toEqual([])
    await page.getByRole('button', { name: 'Generate' }).click()
    const status = page.getByRole('status')
    await status.getByText('The task is accepted').waitFor({ state: 'attached' })
    await page.clock.fastForward(POLL_INTERVAL_MS)
    await status.getByText(/^(Done|Failed)/).waitFor({ state: 'attached' })
    expect(await status.textContent()).toMatch(/^Done/)
  }
})

/** The findings of axe in the form, with its optional fields. */
async function checkControls(page: Page): Promise<string[]> {
  const more = page.getByRole('button', { name: /^More options/, expanded: false })
  if (await more.isVisible()) {
    await more.click()
  }
  await page.locator('.field-loading').first().waitFor({ state: 'detached' })
  return violations(page, '.model-form')
}

/** Chooses a model in the list, by its id. */
async function chooseModel(page: Page, id: string): Promise<void> {
  await page.getByRole('button', { name: /^Model/ }).click()
  await page.getByRole('searchbox').fill(id)
  await page
    .getByRole('option')
    .filter({ has: page.getByText(id, { exact: true }) })
    .click()
  await page.getByRole('button', { name: `Model` }).filter({ hasText: id }).waitFor()
}

/** The controls of a model, as far as they look different. */
function controlsOf({ fields }: ModelDescriptor): readonly string[] {
  return Object.entries(fields).map(([name, field]) => {
    const control = controlOf(name, field)
    switch (control.kind) {
      case 'media':
        return `media ${mediaKind(control.limits)} ${control.max > 1}`
      case 'choice':
        return `choice ${control.look} ${control.options.length > 10}`
      case 'text':
        return `text ${control.isLong}`
      default:
        return control.kind
    }
  })
}

/** The errors of a page, from now on. */
function recordProblems(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  return problems
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { buildPage, type BuiltPage } from '../../server/page.ts'
import { fields } from '../form/made-up-model.ts'
import { dropFile, sample } from './picture.ts'
import { shoot } from './shoot.ts'
import { openSite, type Site } from './visit.ts'

/** Builds the page as if the installed `@apikley/types` had one model more. */
const oneMore = {
  name: 'one-model-more',
  transform(code: string, id: string) {
    if (!id.endsWith('/src/models/models.ts')) {
      return undefined
    }
    const model = `{ id: 'maker/everything', title: 'Everything', output: 'image', fields: ${JSON.stringify(fields)}, '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }`
    return code
      .replace(
        /export \{ models \} from (\S+)/,
        `import { models as published } from $1\nconst added = ${model}\nexport const models = [...published, added]`,
      )
      .replace('async function importModel(id) {', '$& if (id === added.id) { return added }')
  },
}

describe.skipIf(!hasChromium())('a model that is new', () => {
  let page: BuiltPage
  let site: Site
  beforeAll(async () => {
    page = await buildPage('simulator', { plugins: [{ ...oneMore, enforce: 'post' }] })
    site = await openSite(page.folder)
  })
  afterAll(async () => {
    await site?.close()
    await page?.remove()
  })

  test('has its form and its code on the page without an edit', async () => {
    const { page, problems } = await site.visit()
    await page.getByRole('button', { name: /Model/ }).click()
    await shoot(page, '12-models')
    await page.getByRole('option', { name: 'maker/everything' }).click()

    await page.getByLabel('Prompt').fill('A cat on a roof')
    await page.getByText('9:16', { exact: true }).click()
    await page.getByText('12', { exact: true }).click()
    await page.getByRole('button', { name: /Voice/ }).click()
    await page.getByRole('option', { name: 'Sarah' }).click()
    await page.getByRole('slider', { name: 'Steps' }).press('ArrowRight')
    await page.getByRole('switch', { name: 'Generate audio' }).press('Space')
    await page.getByRole('textbox', { name: 'Tags (optional) 1' }).fill('night')
    await page.getByLabel('Dialogue').fill('[{ "text": "Miaow" }]')
    await dropFile(page, sample)
    await page.getByText('1200 × 900, new frame 9:16').waitFor()

    const code = await page.getByRole('region', { name: 'TypeScript code' }).textContent()
    for (const line of [
      "prompt: 'A cat on a roof'",
      "input_urls: [await openAsBlob('sample.jpg')]",
      "aspect_ratio: '9:16'",
      'duration: 12',
      "voice: 'Sarah'",
      'steps: 3',
      'generate_audio: false',
      "tags: ['night']",
      "text: 'Miaow'",
    ]) {
      expect(code).toContain(line)
    }
    await page.getByRole('tab', { name: 'React' }).click()
    await shoot(page, '13-another-model')
    expect(problems).toEqual([])
  })
})

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { sample } from './picture.ts'
import { shoot } from './shoot.ts'
import { tabTo } from './tab-to.ts'
import { duration, openSite, type Site } from './visit.ts'

interface Kind {
  readonly name: string
  readonly path: string
  readonly fill: (page: Page) => Promise<void>
  /** The result in full size, which the page can show or play. */
  readonly show: (page: Page) => Promise<void>
  readonly file: string
  /** The first bytes of the saved file, or its text. */
  readonly content: RegExp
}

const pick = async (page: Page, file: string | { name: string; mimeType: string }) => {
  const chooser = page.waitForEvent('filechooser')
  await tabTo(page, /^Choose a file$/)
  await page.keyboard.press('Enter')
  const buffer = Buffer.from('RIFF____WAVE')
  await (await chooser).setFiles(typeof file === 'string' ? file : { ...file, buffer })
}
const write = async (page: Page, field: RegExp, text: string): Promise<void> => {
  await tabTo(page, field)
  await page.keyboard.type(text)
}
const play = async (page: Page, element: 'video' | 'audio'): Promise<void> => {
  const player = page.locator(`.large ${element}`)
  await player.waitFor()
  const seconds = (): Promise<number> =>
    player.evaluate((media) => (media instanceof HTMLMediaElement ? media.duration : 0))
  await expect.poll(seconds).toBeGreaterThan(0)
}
const moveSlider = async (page: Page): Promise<void> => {
  await tabTo(page, /^Before and after$/)
  const slider = page.getByRole('slider', { name: 'Before and after' })
  await page.keyboard.press('ArrowRight')
  expect(await slider.getAttribute('aria-valuenow')).toBe('55')
  // Both pictures have one scale: the picture in the input fills the width of its new frame.
  const boxes = await page.locator('.compare-item img').evaluateAll((pictures) =>
    pictures.map((picture) => {
      const { width, height } = picture.getBoundingClientRect()
      return [Math.round(width), Math.round(height)]
    }),
  )
  expect(boxes[0]).toEqual(boxes[1])
}

const KINDS: readonly Kind[] = [
  {
    name: 'image',
    path: '/',
    async fill(page) {
      await tabTo(page, /^Use the sample$/)
      await page.keyboard.press('Enter')
      // The pressed button is removed, and the focus moves on.
      await page.getByText('1200 × 900').waitFor()
      expect(await page.locator(':focus').textContent()).toBe('Replace')
      await tabTo(page, /^Square HD$/)
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      await page.getByText('new frame 9:16').waitFor()
    },
    async show(page) {
      await page.getByText('576 × 1024').waitFor()
      await moveSlider(page)
    },
    file: 'ideogram-v3-reframe-1.webp',
    content: /^RIFF.{4}WEBP/s,
  },
  {
    name: 'several images',
    path: '/ideogram/v3-reframe?num_images=4',
    fill: (page) => pick(page, sample),
    async show(page) {
      await tabTo(page, /^Result 1$/)
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Enter')
      await page.getByAltText('Result 2 of 4').waitFor()
    },
    file: 'ideogram-v3-reframe-2.webp',
    content: /^RIFF.{4}WEBP/s,
  },
  {
    name: 'video',
    path: '/wan/2-6-text-to-video',
    fill: (page) => write(page, /^Prompt/, 'A cat on a roof'),
    show: (page) => play(page, 'video'),
    file: 'wan-2-6-text-to-video-1.mp4',
    content: /^.{4}ftyp/s,
  },
  {
    name: 'sound',
    path: '/elevenlabs/sound-effect-v2',
    fill: (page) => write(page, /^Text/, 'Rain on a roof'),
    show: (page) => play(page, 'audio'),
    file: 'elevenlabs-sound-effect-v2-1.mp3',
    content: /^(ID3|\xff[\xe0-\xff])/,
  },
  {
    name: 'text',
    path: '/elevenlabs/speech-to-text',
    fill: (page) => pick(page, { name: 'speech.wav', mimeType: 'audio/wav' }),
    show: (page) =>
      page.getByRole('region', { name: 'The result' }).getByText('This text').waitFor(),
    file: 'elevenlabs-speech-to-text.txt',
    content: /^This text was simulated\.$/,
  },
]

const CASES = KINDS.flatMap((kind) => [320, 1440].map((width) => ({ kind, width })))

describe.skipIf(!hasChromium())('A result is saved by keyboard alone', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  test.each(CASES)('$kind.name at $width px', async ({ kind, width }) => {
    const { page, pass, problems } = await site.visit(kind.path)
    await page.setViewportSize({ width, height: 800 })
    await page.getByRole('button', { name: 'Generate' }).waitFor()
    await kind.fill(page)
    await page.keyboard.press('Control+Enter')
    await page.getByText('The task is accepted').first().waitFor()
    // A pending run ignores it.
    await page.keyboard.press('Control+Enter')
    expect(await page.title()).toBe('Running… – Playground')
    for (const name of ['Generating…', 'Stop waiting']) {
      const box = await page.getByRole('button', { name }).boundingBox()
      const { x = -1, y = -1, width: wide = 0, height = 0 } = box ?? {}
      const isInView = x >= 0 && x + wide <= width && y >= 0 && y + height <= 800
      expect({ name, isInView }).toEqual({ name, isInView: true })
    }
    await pass(duration)
    await page.getByText('Task id').waitFor()
    await kind.show(page)
    expect(await page.title()).toBe('Done – Playground')
    await page.getByText('last time: 3.5 credits').waitFor()

    const downloaded = page.waitForEvent('download')
    await tabTo(page, /^Download$/)
    await page.keyboard.press('Enter')
    const download = await downloaded
    expect(download.suggestedFilename()).toBe(kind.file)
    expect((await readFile(await download.path())).toString('latin1')).toMatch(kind.content)
    await shoot(page, `result-${kind.name.replace(' ', '-')}`, [width])
    expect(site.simulator.journal.tasks).toHaveLength(1)
    expect(problems).toEqual([])
  })
})

import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from 'test-kit/chromium'
import { announcements } from './announcements.ts'
import { dropFile, largePicture, sample } from './picture.ts'
import { shoot } from './shoot.ts'
import { duration, held, openSite, type Site } from './visit.ts'

describe.skipIf(!hasChromium())('a picture in a new frame', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  test('a picture is dropped, framed, uploaded and generated, and every state is announced once', async () => {
    const { page, problems, pass } = await site.visit()
    const { simulator } = site
    await shoot(page, '01-empty')

    const picture = await largePicture()
    await dropFile(page, picture.path)
    await page.getByText('Landscape 16:9', { exact: true }).click()
    await page.getByText('25 % of it is new, on both sides').waitFor()
    // The picture is whole inside its frame.
    const [inner, outer] = await Promise.all(
      ['.frame img', '.frame'].map((part) => page.locator(part).boundingBox()),
    )
    expect(inner?.height).toBeCloseTo(outer?.height ?? 0, 0)
    expect(inner?.width).toBeCloseTo((outer?.width ?? 0) * 0.75, 0)
    await page.getByText('Portrait 16:9', { exact: true }).click()
    await page.getByText('58 % of it is new, above and below').waitFor()
    await shoot(page, '02-filled')
    expect(await announcements(page)).toEqual([])

    // A slow line, until the state has been seen.
    const line = await page.context().newCDPSession(page)
    const throttle = (bytes: number): Promise<unknown> =>
      line.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: bytes,
      })
    await throttle(40_000)
    simulator.control.addFaults({ fault: 'delay', ms: held, operation: 'create-task' })
    await page.getByRole('button', { name: 'Generate' }).click()
    const upload = page.getByRole('progressbar')
    await page.getByText('Uploading the file').first().waitFor()
    await expect
      .poll(async () => Number(await upload.getAttribute('aria-valuenow')), { timeout: 15_000 })
      .toBeGreaterThan(0)
    expect(Number(await upload.getAttribute('aria-valuenow'))).toBeLessThan(100)
    await shoot(page, '03-uploading')
    await throttle(-1)

    await page.getByText('Creating the task').first().waitFor()
    await shoot(page, '04-creating')
    await expect.poll(() => simulator.journal.tasks.length).toBe(1)
    await simulator.clock.advance(held)
    await page
      .getByText(/The task is accepted|Waiting for its turn/)
      .first()
      .waitFor()
    await pass(0)
    await page.getByText('Waiting for its turn').first().waitFor()
    await pass(duration * 0.15)
    await page.getByText('In the queue').first().waitFor()
    await shoot(page, '05-queuing')
    await pass(duration * 0.3)
    await page.getByText('Generating', { exact: true }).first().waitFor()
    await shoot(page, '06-generating')
    await pass(duration)
    await page.getByText('After', { exact: true }).waitFor()
    await page.getByText('576 × 1024').waitFor()
    await shoot(page, '07-success')

    const result = page.getByAltText('The result')
    const bytes = await (await fetch((await result.getAttribute('src')) ?? '')).arrayBuffer()
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 576, height: 1024 })
    expect(await announcements(page)).toEqual([
      'Uploading the file',
      'Creating the task',
      'The task is accepted',
      'Waiting for its turn',
      'In the queue',
      'Generating',
      'Done: 1 result',
    ])
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(problems).toEqual([])

    await page.getByText('Expires in about 23 h').first().waitFor()
    await page.getByRole('button', { name: 'Copy URL' }).first().click()
    await page.getByText('Copied', { exact: true }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      await result.getAttribute('src'),
    )
    await picture.remove()
    await page.close()
  })

  test('a reload while creating or waiting shows the same task', async () => {
    const { page, pass } = await site.visit()
    const { simulator } = site
    simulator.control.addFaults({ fault: 'delay', ms: held, operation: 'create-task' })
    await dropFile(page, sample)
    await page.getByText('Portrait 16:9', { exact: true }).click()
    await page.getByRole('button', { name: 'Generate' }).click()
    await page.getByText('Creating the task').first().waitFor()
    await expect.poll(() => simulator.journal.tasks.length).toBe(1)
    await page.reload()
    await page.getByText('Creating the task').first().waitFor()
    await simulator.clock.advance(held)
    // The first poll may follow at once.
    await page
      .getByText(/^(The task is accepted|Waiting for its turn)/)
      .first()
      .waitFor()
    await pass(0)
    await page.getByText('Waiting for its turn').first().waitFor()
    await page.reload()
    await page.getByText('Waiting for its turn').first().waitFor()
    await pass(duration)
    await page.getByText('Done: 1 result').first().waitFor({ state: 'attached' })
    // The picture that it began with is still there.
    await page.getByAltText('Before: the picture in the input').waitFor()
    expect(simulator.journal.tasks).toHaveLength(1)
    await page.close()
  })
})

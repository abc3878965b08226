import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'

export const sample: string = join(import.meta.dirname, '../../../assets/sample.jpg')

/** Drops a file of the disk, with the events and the DataTransfer that the browser makes. */
export async function dropFile(
  page: Page,
  path: string,
  target: string = '.drop-zone',
): Promise<void> {
  const zone = page.locator(target).first()
  await zone.scrollIntoViewIfNeeded()
  const box = await zone.boundingBox()
  if (!box) {
    throw new Error(`${target} is not visible`)
  }
  const at = { x: box.x + box.width / 2, y: box.y + Math.min(40, box.height / 2) }
  const client = await page.context().newCDPSession(page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await client.send('Input.dispatchDragEvent', { type, ...at, data })
  }
  await client.detach()
}

/** A picture with so much in it that it takes some time to upload: about 0.7 MB. */
export async function largePicture(): Promise<{
  readonly path: string
  readonly remove: () => Promise<void>
}> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-picture-'))
  const path = join(folder, 'large.jpg')
  await sharp(sample).resize(3200, 2400).jpeg({ quality: 100 }).toFile(path)
  return { path, remove: () => rm(folder, { recursive: true }) }
}

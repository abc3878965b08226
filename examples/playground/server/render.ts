import type { Render } from '@apikley/simulator'
import { models } from '@apikley/types/models'
import sharp from 'sharp'
import { label } from '../../demo/label.ts'
import { reframe } from '../../demo/reframe.ts'
import { ratioOf } from '../src/frame/ratio.ts'

/** In pixels; the longer side. */
const longest = 1024

/**
 * Draws the pictures of the simulator: a real reframing for the model that does this, and for
 * another one a card in the shape that its input names. Other results are those of the simulator.
 */
export const render: Render = async (job) => {
  if (job.model === 'ideogram/v3-reframe') {
    return reframe(job)
  }
  if (models.find(({ id }) => id === job.model)?.output !== 'image') {
    return undefined
  }
  const ratio = Object.values(job.input)
    .map(ratioOf)
    .find((ratio) => ratio !== undefined) ?? { width: 1, height: 1 }
  const scale = longest / Math.max(ratio.width, ratio.height)
  const [width, height] = [Math.round(ratio.width * scale), Math.round(ratio.height * scale)]
  const mark = label('simulated', 40)
  const card = sharp({ create: { width, height, channels: 3, background: '#8a8fb8' } }).composite([
    { input: Buffer.from(mark.svg) },
  ])
  return [
    { bytes: new Uint8Array(await card.webp({ quality: 88 }).toBuffer()), mimeType: 'image/webp' },
  ]
}

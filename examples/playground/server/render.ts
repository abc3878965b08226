import type { Render } from '@apikley/simulator'
import sharp from 'sharp'
import { label } from '../../demo/label.ts'
import { reframe } from '../../demo/reframe.ts'
import { ratioOf } from '../src/frame/ratio.ts'

/** In pixels; the longer side. */
const longest = 1024

/**
 * What the simulator draws: a real reframing for the model that does this, and for any other a card
 * in the shape that was asked for.
 */
export const render: Render = async (job) => {
  if (job.model === 'ideogram/v3-reframe') {
    return reframe(job)
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

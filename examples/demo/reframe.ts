import type { Render, RenderedFile } from '@apikley/simulator'
import type { ModelInput } from '@apikley/types'
import sharp from 'sharp'
import { label } from './label.ts'

/** The frames that the model knows, in pixels. */
const frames: Readonly<
  Record<ModelInput<'ideogram/v3-reframe'>['image_size'], readonly [width: number, height: number]>
> = {
  square: [512, 512],
  square_hd: [1024, 1024],
  portrait_4_3: [768, 1024],
  portrait_16_9: [576, 1024],
  landscape_4_3: [1024, 768],
  landscape_16_9: [1024, 576],
}

/** Where in the frame the picture stands: each result has it somewhere else. */
const places = [0.5, 0.25, 0.75, 0.4] as const

/**
 * What the simulator draws in place of the model: the uploaded picture in the frame that was asked
 * for, its edges extended by blur.
 */
export const reframe: Render = async ({ input, read }) => {
  const source = read(String(input.image_url))
  if (!source) {
    throw new Error('The image could not be read')
  }
  const [width, height] = frames[isFrame(input.image_size) ? input.image_size : 'square_hd']
  const count = Number(input.num_images ?? 1)
  return Promise.all(
    places.slice(0, count).map((place) => draw(source.bytes, width, height, place)),
  )
}

function isFrame(value: unknown): value is keyof typeof frames {
  return typeof value === 'string' && Object.hasOwn(frames, value)
}

async function draw(
  bytes: Uint8Array,
  width: number,
  height: number,
  place: number,
): Promise<RenderedFile> {
  const inside = sharp(bytes).autoOrient().resize(width, height, { fit: 'inside' })
  const { data: picture, info } = await inside.png().toBuffer({ resolveWithObject: true })
  const [free, below] = [width - info.width, height - info.height]
  const [left, top] = [Math.round(free * place), Math.round(below * place)]
  const surroundings = await sharp(picture)
    .extend({ left, right: free - left, top, bottom: below - top, extendWith: 'mirror' })
    .blur(18)
    .toBuffer()
  const mark = label('simulated', 16)
  const drawn = sharp(surroundings).composite([
    { input: picture, left, top },
    { input: Buffer.from(mark.svg), left: width - mark.width - 12, top: height - mark.height - 12 },
  ])
  return {
    bytes: new Uint8Array(await drawn.webp({ quality: 88 }).toBuffer()),
    mimeType: 'image/webp',
  }
}

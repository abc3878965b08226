import type { Fields } from '@apikley/types'
import { filesOf } from '../form/media-files.ts'
import type { Values } from '../form/values.ts'

/** The longer side, in pixels. */
const THUMBNAIL_SIDE = 640

/** The first picture of an input: its URL, or a small copy as a `data:` URL. */
export async function pictureOf(fields: Fields, values: Values): Promise<string | undefined> {
  const files = Object.keys(fields).flatMap((name) =>
    fields[name]?.media ? filesOf(values[name]) : [],
  )
  for (const file of files) {
    const picture = typeof file === 'string' ? imageUrl(file) : await copyOf(file)
    if (picture !== undefined) {
      return picture
    }
  }
  return undefined
}

function imageUrl(url: string): string | undefined {
  return /\.(png|jpe?g|webp|gif|avif)$/i.test(new URL(url).pathname) ? url : undefined
}

/** `undefined` for a file that this browser cannot show as a picture. */
async function copyOf(file: Blob): Promise<string | undefined> {
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(picture.width * scale)
    canvas.height = Math.round(picture.height * scale)
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    return canvas.toDataURL('image/webp', 0.7)
  } catch {
    return undefined
  }
}

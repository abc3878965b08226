/** The longer side, in pixels. */
const longest = 640

/**
 * A small copy of a picture as a `data:` URL, to keep; nothing when it is none that this browser
 * can show.
 */
export async function thumbnailOf(file: Blob): Promise<string | undefined> {
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height))
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

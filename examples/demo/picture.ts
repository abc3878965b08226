import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import sharp from 'sharp'

const { types, maxBytes } = v3Reframe.fields.image_url.media

/**
 * Reads a picture that the model accepts.
 *
 * @throws when the file does not exist, is too large or has another type
 */
export async function readPicture(path: string): Promise<File> {
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT'
        ? `There is no file ${path}`
        : `${path} cannot be read: ${error.message}`,
      { cause: error },
    )
  })
  if (size > maxBytes) {
    throw new Error(
      `${path} has ${megabytes(size)}; the model takes ${megabytes(maxBytes)} at the most`,
    )
  }
  const bytes = new Uint8Array(
    await readFile(path).catch((error: Error) => {
      throw new Error(`${path} cannot be read: ${error.message}`, { cause: error })
    }),
  )
  const { mediaType } = await sharp(bytes)
    .metadata()
    .catch(() => ({ mediaType: undefined }))
  const type = types.find((known) => known === mediaType)
  if (!type) {
    throw new Error(`${path} is not a picture that the model takes: ${types.join(', ')}`)
  }
  return new File([bytes], basename(path), { type })
}

function megabytes(bytes: number): string {
  return `${Math.ceil((bytes / 2 ** 20) * 10) / 10} MB`
}

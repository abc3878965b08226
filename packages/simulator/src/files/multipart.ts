import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyConfig, type BusboyInstance } from '@fastify/busboy'
import type { Incoming } from '../incoming.ts'
import { BodyTooLarge, join } from './body.ts'

export interface Form {
  readonly fields: Readonly<Record<string, string>>
  readonly file:
    | {
        readonly bytes: Uint8Array<ArrayBuffer>
        readonly name: string | undefined
        readonly mimeType: string | undefined
      }
    | undefined
}

/** A body that is no form. */
export class NotAForm extends Error {}

/**
 * Reads a form as it streams in, its file under the name `file`.
 *
 * @throws {BodyTooLarge} when the file has more than `limit` bytes
 * @throws {NotAForm} when the body is no multipart form or breaks off
 */
export async function readForm(request: Incoming, limit: number): Promise<Form> {
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(contentType) || !request.body) {
    throw new NotAForm('The body is not multipart/form-data')
  }
  if (Number(request.headers.get('content-length')) > limit + 65_536) {
    throw new BodyTooLarge(limit)
  }
  const fields: Record<string, string> = Object.create(null)
  let file: Form['file']
  let failure: Error | undefined
  const limits = {
    fileSize: limit + 1,
    files: 4,
    fields: 32,
    fieldSize: 65_536,
    headerPairs: 32,
    headerSize: 16_384,
  }
  const parser = parserOf(contentType, limits)
  parser.on('field', (name, value) => {
    fields[name] = value
  })
  parser.on('file', (_, stream, name, _encoding, mimeType) => {
    const chunks: Buffer[] = []
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size > limit) {
        failure = new BodyTooLarge(limit)
        parser.destroy(failure)
      } else {
        chunks.push(chunk)
      }
    })
    stream.on('end', () => (file = { bytes: join(chunks, size), name, mimeType }))
    stream.on('error', () => {})
  })
  try {
    await pipeline(Readable.from(request.body), parser)
  } catch (error) {
    throw failure ?? new NotAForm('The form breaks off', { cause: error })
  }
  return { fields, file }
}

/** @throws {NotAForm} when the content type names no boundary after all */
function parserOf(
  contentType: string,
  limits: NonNullable<BusboyConfig['limits']>,
): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits,
      isPartAFile: (name) => name === 'file',
    })
  } catch (error) {
    throw new NotAForm('The body is not multipart/form-data', { cause: error })
  }
}

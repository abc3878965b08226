import { createError } from '../http/messages.ts'
import type { ResultName } from './disk.ts'

/** Replaces `disk.ts` on platforms without a disk. */
export function writeToDisk(
  _target: string,
  _body: ReadableStream<Uint8Array>,
  _name: ResultName,
): Promise<string> {
  return Promise.reject(
    createError({
      kind: 'configuration',
      message:
        'There is no disk to save to here. Call files.save(url) without a target to get a Blob.',
    }),
  )
}

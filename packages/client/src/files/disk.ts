import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Writable } from 'node:stream'

/** Writes beside the target first, under a name that nobody else has, so that no half file ever bears its name. */
export async function writeToDisk(target: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const part = `${target}.${randomUUID()}.part`
  try {
    await body.pipeTo(Writable.toWeb(createWriteStream(part, { flags: 'wx' })))
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

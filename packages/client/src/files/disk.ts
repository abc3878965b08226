import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Writable } from 'node:stream'

/** Writes beside the target first, so that no half file ever bears its name. */
export async function writeToDisk(target: string, body: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): Promise<void> {
  const part = `${target}.${process.pid}.part`
  try {
    await body.pipeTo(Writable.toWeb(createWriteStream(part)), signal ? { signal } : {})
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

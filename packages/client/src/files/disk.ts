/**
 * Writes to a temporary file beside the target and renames it, so that a partial file never has the
 * final name. Node's modules are imported on use, because loading them takes longer than loading the
 * whole client.
 */
export async function writeToDisk(target: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const [{ createWriteStream }, { rename, rm }, { Writable }] = await Promise.all([
    import('node:fs'),
    import('node:fs/promises'),
    import('node:stream'),
  ])
  const part = `${target}.${crypto.randomUUID()}.part`
  try {
    await body.pipeTo(Writable.toWeb(createWriteStream(part, { flags: 'wx' })))
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/**
 * Writes beside the target first, under a name that nobody else has, so that no half file ever
 * bears its name. The modules of Node are loaded when they are needed: together they take longer to
 * start than the whole client.
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

/** Where a result goes if its target does not say it. */
export interface ResultName {
  readonly name: string
  /** With its dot. Empty if unknown. */
  readonly extension: string
}

/**
 * Writes to a temporary file beside the target and renames it, so that a partial file never has the
 * final name. Node's modules are imported on use, because loading them takes longer than loading the
 * whole client.
 *
 * @param target a file or a folder
 * @returns the path of the file
 */
export async function writeToDisk(
  target: string,
  body: ReadableStream<Uint8Array>,
  { name, extension }: ResultName,
): Promise<string> {
  const [{ once }, { createWriteStream }, { rename, rm, stat }, { extname, join, sep }, stream] =
    await Promise.all([
      import('node:events'),
      import('node:fs'),
      import('node:fs/promises'),
      import('node:path'),
      import('node:stream'),
    ])
  const isFolder =
    target.endsWith('/') ||
    target.endsWith(sep) ||
    (await stat(target).catch(() => undefined))?.isDirectory()
  const file = isFolder ? join(target, name) : target
  // The dot of v1.5 does not begin an extension.
  const path = /[a-z]/i.test(extname(file)) ? file : file + extension
  const part = `${path}.${crypto.randomUUID()}.part`
  try {
    const writable = createWriteStream(part, { flags: 'wx' })
    // A file that opens later than it is removed would stay.
    await once(writable, 'open')
    await body.pipeTo(stream.Writable.toWeb(writable))
    await rename(part, path)
    return path
  } catch (error) {
    body.cancel(error).catch(() => {})
    await rm(part, { force: true })
    throw error
  }
}

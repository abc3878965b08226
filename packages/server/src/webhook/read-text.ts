/** The body of a request as text: nothing of one that breaks off, and `undefined` when it has more than `most` bytes, of which no more are kept than that. */
export async function readText({ body }: Request, most: number): Promise<string | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  try {
    for await (const chunk of body ?? []) {
      most -= chunk.length
      if (most < 0) return undefined
      chunks.push(chunk)
    }
  } catch {
    return ''
  }
  return new Blob(chunks).text()
}

import type { Clock } from '@apikley/client'

/** So long may a body take, in ms: a callback is small, and its sender is a server. */
const longest = 5000

/**
 * The body of a request as text: what there was of one that takes too long, nothing of one that
 * breaks off, and `undefined` when it has more than `most` bytes. Each piece becomes text at once:
 * a million pieces of a byte each are no more than a megabyte.
 */
export async function readText(
  { body }: Request,
  most: number,
  clock: Pick<Clock, 'after'>,
): Promise<string | undefined> {
  const reader = body?.getReader()
  // It ends the read that is under way.
  const stop = (): unknown => reader?.cancel().catch(() => {})
  const cancel = clock.after(longest, stop)
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      most -= part.value.length
      if (most < 0) {
        return undefined
      }
      text += decoder.decode(part.value, { stream: true })
    }
  } catch {
    return ''
  } finally {
    cancel()
    stop()
  }
  return text
}

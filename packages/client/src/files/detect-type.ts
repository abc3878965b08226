import { readBytes } from '../http/request.ts'
import { canonicalType, commonType, typeOfBytes, typeOfName } from './file-signatures.ts'

/** What a detector needs of a file. */
const HEAD_BYTES = 4100

/**
 * The type of a file: what its first bytes say, else what the platform reports, else what its name
 * says. Empty if unknown.
 *
 * @param reported by the platform or the host
 * @param name a file name or path
 * @example
 * await detectType(head, 'audio/webm;codecs=opus', 'voice') // 'audio/webm'
 */
export async function detectType(
  head: Uint8Array,
  reported: string,
  name: string,
): Promise<string> {
  // Jest, sandboxes and ESM bundles of esbuild cannot load it. The small table has to do there.
  const library = await import('#file-type').catch(() => undefined)
  const found = (await library?.fileTypeFromBuffer(head))?.mime
  // The library does not know SVG.
  const actual = found && found !== 'application/xml' ? found : typeOfBytes(head)
  const declared = [reported, typeOfName(name) ?? ''].filter(
    (type) => commonType(type) && !/octet-stream|^text\/plain/i.test(type),
  )
  if (actual === undefined) {
    return commonType(declared[0] ?? reported.replace(/.*octet-stream.*/i, ''))
  }
  // A container holds sound or video. Its first bytes do not say which.
  const subtype = (type: string): string => canonicalType(type).replace(/^(audio|video)\//, '')
  return commonType(declared.find((type) => subtype(type) === subtype(actual)) ?? actual)
}

export const headOf = (file: Blob): Promise<Uint8Array> => readBytes(file.slice(0, HEAD_BYTES))

/** The first bytes of a stream, and a stream with all of its bytes. */
export interface Peeked {
  readonly head: Uint8Array
  readonly body: ReadableStream<Uint8Array>
  /** Whether the stream broke. `body` fails then too. */
  readonly isBroken: boolean
}

export async function peek(stream: ReadableStream<Uint8Array>): Promise<Peeked> {
  const [start, body] = stream.tee()
  const reader = start.getReader()
  const head: number[] = []
  let isBroken = false
  try {
    let chunk = await reader.read()
    while (!chunk.done) {
      head.push(...chunk.value.subarray(0, HEAD_BYTES - head.length))
      if (head.length >= HEAD_BYTES) {
        break
      }
      chunk = await reader.read()
    }
  } catch {
    isBroken = true
  }
  // Not awaited: a branch of a tee is cancelled when both branches are.
  reader.cancel().catch(() => {})
  return { head: Uint8Array.from(head), body, isBroken }
}

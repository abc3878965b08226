import { withoutQuery } from '../http/messages.ts'
import { detectType, peek } from './detect-type.ts'
import { baseName, canonicalType, extensionOf, typeOfName } from './file-signatures.ts'

/** What `fetch` decodes. */
const DECODED = ['identity', 'gzip', 'x-gzip', 'deflate', 'br', 'zstd']

/** A file that arrives. */
export interface Arrival {
  /** A safe name, made of the URL. */
  readonly name: string
  readonly type: string
  /** With its dot. Empty if unknown. */
  readonly extension: string
  readonly body: ReadableStream<Uint8Array>
  /** What is not the requested file. */
  readonly problem: string | undefined
}

/** @param body of the response */
export async function readArrival(
  url: string,
  { status, headers, redirected, url: finalUrl }: Response,
  body: ReadableStream<Uint8Array>,
): Promise<Arrival> {
  const { head, body: whole, isBroken } = await peek(body)
  const path = baseName(url)
  const type = await detectType(head, headers.get('content-type') ?? '', path)
  const encoding = headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  const [, ending = ''] = /(\.\w{1,8})$/.exec(path) ?? []
  let problem: string | undefined
  if (status !== 200) {
    problem = status === 206 ? 'a part of a file (HTTP 206)' : `HTTP ${status}`
  } else if (!DECODED.includes(encoding)) {
    problem = `the encoding ${encoding}`
  } else if (!isBroken && head.length === 0) {
    problem = 'an empty body'
  } else if (!isResult(type) && canonicalType(type) !== canonicalType(typeOfName(path) ?? '')) {
    problem = type
  }
  const source = redirected ? ` from ${withoutQuery(finalUrl)}, after a redirect` : ''
  return {
    name: path.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'result',
    type,
    extension: extensionOf(type) || ending,
    body: whole,
    problem: problem && problem + source,
  }
}

/** An unknown type may be that of a result. */
const isResult = (type: string): boolean => /^(|(image|video|audio)\/.*|text\/plain)$/.test(type)

import { isRecord } from '../http/classify.ts'

/** The output of a model. Most models give `resultUrls`, others a `resultObject`, such as text. */
export type TaskResult = Readonly<Record<string, unknown>>

/** JSON inside JSON is read to this depth. */
const MAX_ENCODINGS = 3

/** Names under which services list the URLs of files. */
const URLS_NAME = /^(result_?)?urls?$/i
const URL_NAME = /ur[il]$|^(href|src)$/i

/** What the JSON in a text holds, also if it was encoded several times. Other values are kept. */
export function decode(value: unknown): unknown {
  let decoded = value
  for (let round = 0; round < MAX_ENCODINGS && typeof decoded === 'string'; round++) {
    try {
      decoded = JSON.parse(decoded)
    } catch {
      return decoded
    }
  }
  return decoded
}

/** Reads a `resultJson` of any form. */
export function readResult(resultJson: unknown): {
  readonly result: TaskResult | undefined
  readonly urls: readonly string[]
} {
  const decoded = decode(resultJson)
  if (isRecord(decoded)) {
    const lists = Object.entries(decoded).filter(([name]) => URLS_NAME.test(name))
    const urls = lists.map(([, list]) => readUrls(list)).find(({ length }) => length > 0)
    return { result: decoded, urls: urls ?? [] }
  }
  if (typeof decoded === 'string' && isBroken(decoded)) {
    return { result: undefined, urls: readBrokenUrls(decoded) }
  }
  const urls = readUrls(decoded)
  if (urls.length > 0) {
    return { result: { resultUrls: urls }, urls }
  }
  const isText = typeof decoded === 'string' && decoded !== ''
  return { result: isText ? { resultObject: decoded } : undefined, urls }
}

/** Whether a text is the beginning of JSON. */
export function isBroken(text: string): boolean {
  return /^\s*["[{]/.test(text)
}

/** The URLs in a text, a list or objects. An object with a URL of its own is one file. */
function readUrls(value: unknown): string[] {
  const decoded = decode(value)
  if (typeof decoded === 'string') {
    return decoded.split(/[\s,;|]+(?=https?:|$)/i).filter((url) => /^(https?|data):./i.test(url))
  }
  if (isRecord(decoded)) {
    const own = Object.entries(decoded).filter(([name]) => URL_NAME.test(name))
    const [first] = own.flatMap(([, url]) => readUrls(url))
    return first === undefined ? Object.values(decoded).flatMap(readUrls) : [first]
  }
  return Array.isArray(decoded) ? decoded.flatMap(readUrls) : []
}

/** The complete URLs in the list of truncated JSON. */
function readBrokenUrls(text: string): string[] {
  const plain = text.replaceAll(/\\+(["/])/g, '$1')
  const [, list = ''] = /"(?:result_?)?urls?"\s*:([^\]]*)/i.exec(plain) ?? []
  return [...list.matchAll(/"(https?:[^"]+)"/gi)].map(([, url = '']) => url)
}

import { createHash } from 'node:crypto'
import { textAnswer, type Answer } from '../http/answer.ts'
import { placeholderGif } from '../http/media.ts'
import type { Service } from './service.ts'

/** How long a download link is valid. */
const LINK_LIFETIME_MS = 20 * 60_000

/** Whether a path is that of an uploaded or generated file. */
export function isFilePath(path: string): boolean {
  return path.startsWith('/file-upload/files/') || isResultPath(path)
}

function isResultPath(path: string): boolean {
  return path.startsWith('/results/')
}

/**
 * Whether a name may be part of a path. A name that climbs is refused in every spelling, percent
 * encoded or not.
 */
export function isPlainName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- a URL holds no control character
  const isUnsafe = /[\\/\u0000-\u001f\u007f]|\p{Surrogate}|%(?:25)*(?:2e|2f|5c|[01][0-9a-f]|7f)/iu
  return name !== '' && name !== '.' && name !== '..' && !isUnsafe.test(name)
}

/** A path as part of a URL. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** Serves a file by its own URL or by a download link. It needs no API key. */
export function serveFile(service: Service, url: URL): Answer {
  const { clock, files, tasks, options } = service
  const { pathname } = url
  const isLink = checkDownloadLink(url, clock.now())
  if (isLink === false) {
    return textAnswer(403, 'The link has expired')
  }
  const isResult = isResultPath(pathname)
  const placeholder = { bytes: placeholderGif(pathname), mimeType: 'image/gif' }
  const file = files.get(pathname) ?? (isResult && !options.render ? placeholder : undefined)
  if (!file || (isResult && !tasks.hasResult(url))) {
    return textAnswer(404, 'There is no such file, or it has expired')
  }
  return {
    status: 200,
    body: file.bytes,
    headers: {
      'content-type': file.mimeType,
      // An uploaded file must not run as a page of the simulator.
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      ...(isLink ? { 'access-control-allow-origin': '*' } : {}),
    },
  }
}

/** A download link works across origins until it expires. */
export function toDownloadLink(url: string, now: number): string {
  const link = new URL(url)
  const expires = String(now + LINK_LIFETIME_MS)
  link.searchParams.set('expires', expires)
  link.searchParams.set('token', sign(link.pathname, expires))
  return link.href
}

/** Whether a URL is a valid download link. `undefined` when it is not a link. */
function checkDownloadLink({ pathname, searchParams }: URL, now: number): boolean | undefined {
  const token = searchParams.get('token')
  const expires = searchParams.get('expires') ?? ''
  return token === null ? undefined : token === sign(pathname, expires) && Number(expires) > now
}

function sign(path: string, expires: string): string {
  return createHash('sha256').update(`${expires} ${path}`).digest('hex').slice(0, 32)
}

import { textAnswer, type Answer } from '../http/answer.ts'
import { mimeTypeOf } from '../http/media.ts'
import { sampleFile } from '../http/samples.ts'
import type { Service } from './service.ts'

/** How long a download link is valid. */
const LINK_LIFETIME_MS = 20 * 60_000

/** Whether a path is that of an uploaded or generated file. */
export function isFilePath(path: string): boolean {
  return path.startsWith('/file-upload/files/') || path.startsWith('/results/')
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

/** Serves a file by its own URL or by a download link. It needs no API key. */
export function serveFile(service: Service, url: URL): Answer {
  const { clock, files, tasks, origin } = service
  const { pathname } = url
  const expires = url.searchParams.get('expires')
  if (expires !== null && Number(expires) <= clock.now()) {
    return textAnswer(403, 'The link has expired')
  }
  const isResult = pathname.startsWith('/results/')
  const bytes = isResult ? sampleFile(pathname) : undefined
  const sample = bytes && { bytes, mimeType: mimeTypeOf(undefined, pathname) }
  const file = files.get(pathname) ?? sample
  if (!file || (isResult && !tasks.hasResult(origin + pathname))) {
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
      ...(expires !== null ? { 'access-control-allow-origin': '*' } : {}),
    },
  }
}

/** A download link works across origins until it expires. */
export function toDownloadLink(url: string, now: number): string {
  const link = new URL(url)
  link.searchParams.set('expires', String(now + LINK_LIFETIME_MS))
  return link.href
}

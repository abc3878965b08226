import { textAnswer, type Answer } from '../answer.ts'
import { pixel } from '../files/media.ts'
import type { Service } from '../service.ts'

/** Whether a path is that of a file, uploaded or generated. */
export function isFilePath(path: string): boolean {
  return path.startsWith('/file-upload/files/') || path.startsWith('/results/')
}

/** A file: by its own address, or by a link that works across origins. No key is needed. */
export function serveFile(service: Service, url: URL): Answer {
  const gone = textAnswer(404, 'There is no such file, or it has expired')
  const good = service.links.check(url)
  if (good === false) {
    return textAnswer(403, 'The link has expired')
  }
  if (url.pathname.startsWith('/results/') && !service.tasks.ofResult(url)) {
    return gone
  }
  const drawn = url.pathname.startsWith('/results/') && !service.options.render
  const file = service.files.get(url.pathname) ?? (drawn ? placeholder(url.pathname) : undefined)
  if (!file) {
    return gone
  }
  return {
    status: 200,
    body: file.bytes,
    headers: {
      'content-type': file.mimeType,
      // What was uploaded by one must not act as a page for another.
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      ...(good ? { 'access-control-allow-origin': '*' } : {}),
    },
  }
}

function placeholder(path: string): { bytes: Uint8Array<ArrayBuffer>; mimeType: string } {
  let colour = 0
  for (const letter of path) {
    colour = (colour * 31 + letter.charCodeAt(0)) >>> 0
  }
  return { bytes: pixel(colour), mimeType: 'image/gif' }
}

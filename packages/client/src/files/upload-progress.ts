import { onAbort, throwIfAborted } from '../http/abort.ts'

/**
 * A `fetch` for pages that reports the uploaded share of a body, which only XMLHttpRequest can. It
 * follows redirects, so it must not send a key.
 */
export function createProgressFetch(
  onProgress: (share: number) => void,
  maxResponseBytes: number,
): typeof globalThis.fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest()
      const { signal, body } = init
      throwIfAborted(signal)
      xhr.open(init.method ?? 'GET', String(input))
      new Headers(init.headers).forEach((value, name) => xhr.setRequestHeader(name, value))
      xhr.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0)
      xhr.onprogress = ({ loaded }) => {
        if (loaded > maxResponseBytes) {
          reject(new Error(`The answer has more than ${maxResponseBytes} bytes`))
          xhr.abort()
        }
      }
      xhr.onload = () =>
        resolve(
          new Response(xhr.responseText || null, { status: xhr.status, headers: headersOf(xhr) }),
        )
      const stop = onAbort(signal, (reason) => {
        reject(reason)
        xhr.abort()
      })
      // After `load` the promise is settled. The browser aborts the request if the user stops it.
      xhr.onloadend = () => {
        stop()
        reject(new TypeError('Failed to fetch'))
      }
      xhr.send(isSendable(body) ? body : null)
    })
}

function isSendable(body: unknown): body is FormData | Blob | Uint8Array<ArrayBuffer> {
  return body instanceof FormData || body instanceof Blob || body instanceof Uint8Array
}

function headersOf(xhr: XMLHttpRequest): Headers {
  const headers = new Headers()
  for (const line of xhr.getAllResponseHeaders().split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
    }
  }
  return headers
}

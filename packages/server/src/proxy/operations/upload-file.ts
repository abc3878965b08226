import { uploadFileStream } from '@apikley/client/operations'
import { inForm } from '../form.ts'
import type { Operation } from '../operation.ts'
import { refusal } from '../refusal.ts'
import { fileNameFor, openUploads, uploadPath } from '../uploads.ts'

/** What a slow line carries, in bytes per ms (0.5 Mbit/s): a file has that much more time, as with the client. */
const slowLine = 64

export const uploadFile: Operation = {
  method: 'POST',
  path: '/file-upload/api/file-stream-upload',
  /** The file goes on while it comes, so it is sent once here; the client in the page sends it again where that may help. */
  async handle({ proxy: { apikley, options, limits, requestTimeout }, request, url, user }) {
    const { maxBytes, accepts } = openUploads(options)
    const type = (request.headers.get('content-type') ?? '').replace(/;.*/s, '').trim().toLowerCase()
    if (!accepts(type))
      throw refusal(415, 'rejected', `Files of type ${/^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : '(none)'} are not allowed here.`)
    const tooLarge = refusal(413, 'rejected', `The file is larger than ${maxBytes} bytes.`)
    const length = Number(request.headers.get('content-length') ?? maxBytes)
    if (length > maxBytes) throw tooLarge
    limits.uploads(user)
    const fileName = fileNameFor(url.searchParams.get('fileName') ?? '')
    const form = inForm(request.body ?? new Blob().stream(), { uploadPath, fileName }, type, maxBytes)
    const { transport } = apikley
    const time = requestTimeout + maxBytes / slowLine
    const streaming: typeof transport = {
      ...transport,
      maxRetries: 0,
      requestTimeout: time,
      fetch: (address, { headers, ...init } = {}) => {
        const sent = new Headers(headers)
        sent.set('content-type', form.type)
        return transport.fetch(address, { ...init, headers: sent, body: form.body, ...{ duplex: 'half' } })
      },
    }
    try {
      // An empty file keeps the place of the one that streams.
      return await uploadFileStream(
        { ...apikley, transport: streaming },
        { file: new Blob(), uploadPath, fileName },
        { signal: request.signal },
      )
    } catch (error) {
      throw form.isTooLarge() ? tooLarge : error
    }
  },
}

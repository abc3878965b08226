import { uploadFileStream } from '@apikley/client/operations'
import { limited } from '../body.ts'
import { inForm } from '../form.ts'
import type { Operation } from '../operation.ts'
import { refusal } from '../refusal.ts'
import { fileNameFor, shownFile, uploadPath, uploadRules } from '../uploads.ts'

/** What a slow line carries, in bytes per ms (0.5 Mbit/s): a file has that much more time, as with the client. */
const slowLine = 64

export const uploadFile: Operation = {
  method: 'POST',
  path: '/file-upload/api/file-stream-upload',
  /** The file goes on while it comes, so it is sent once here; the client in the page sends it again where that may help. */
  async handle({ proxy: { apikley, options, uploads, requestTimeout }, request, url, user }) {
    const { maxBytes = 20 * 2 ** 20, types = ['image/*', 'video/*', 'audio/*'] } = uploadRules(options)
    const [type = '', kind] = /^([\w.+-]+\/)[\w.+-]+/.exec(request.headers.get('content-type')?.toLowerCase() ?? '') ?? []
    if (!types.includes(type) && !types.includes(`${kind}*`)) throw refusal(415, `Files of type ${type || '(none)'} are not open here.`)
    const { signal } = request
    const { stream, why } = limited(request, maxBytes, signal)
    uploads(user)
    const fields = { uploadPath, fileName: fileNameFor(url.searchParams.get('fileName') ?? '') }
    const form = inForm(stream, type, fields)
    const { transport } = apikley
    const length = request.headers.get('content-length')
    const streaming: typeof transport = {
      ...transport,
      maxRetries: 0,
      requestTimeout: requestTimeout + Number(length ?? maxBytes) / slowLine,
      fetch(address, init) {
        const headers = new Headers(init?.headers)
        headers.set('content-type', form.type)
        // Not every store takes a body whose length it does not know.
        if (length !== null) headers.set('content-length', String(Number(length) + form.around))
        return transport.fetch(address, { ...init, headers, body: form.body, ...{ duplex: 'half' } })
      },
    }
    try {
      // An empty file keeps the place of the one that streams.
      return shownFile(await uploadFileStream({ ...apikley, transport: streaming }, { file: new Blob(), ...fields }, { signal }))
    } catch (error) {
      throw why(error)
    }
  },
}

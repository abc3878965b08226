import { uploadFileStream } from '@apikley/client/operations'
import { limited } from '../body.ts'
import { inForm } from '../form.ts'
import type { Operation } from '../operation.ts'
import { refusal } from '../refusal.ts'
import { fileNameFor, shownFile, uploadPath, uploadRules, uploadTime } from '../uploads.ts'

export const uploadFile: Operation = {
  method: 'POST',
  path: '/file-upload/api/file-stream-upload',
  /**
   * The file goes on while it comes, so it is sent once here; the client in the page sends it again
   * where that may help.
   */
  async handle({ proxy: { apikley, options, upload, requestTimeout }, request, url, user }) {
    const { maxBytes, types } = uploadRules(options)
    const [type = '', kind] =
      /^([\w.+-]+\/)[\w.+-]+/.exec(request.headers.get('content-type')?.toLowerCase() ?? '') ?? []
    if (!types.includes(type) && !types.includes(`${kind}*`)) {
      throw refusal(415, `Files of type ${type || '(none)'} are not open here.`)
    }
    const { signal } = request
    const { stream, why, checkEnd } = limited(request, maxBytes, signal)
    const fields = { uploadPath, fileName: fileNameFor(url.searchParams.get('fileName') ?? '') }
    const form = inForm(stream, type, fields)
    const { transport } = apikley
    const length = request.headers.get('content-length')
    const streaming: typeof transport = {
      ...transport,
      maxRetries: 0,
      requestTimeout: uploadTime(
        options,
        requestTimeout,
        length === null ? undefined : Number(length),
      ),
      fetch(address, init) {
        const headers = new Headers(init?.headers)
        headers.set('content-type', form.type)
        // Not every store takes a body whose length it does not know. Deno and workerd leave it out
        // all the same.
        if (length !== null) {
          headers.set('content-length', String(Number(length) + form.around))
        }
        return transport.fetch(address, {
          ...init,
          headers,
          body: form.body,
          ...{ duplex: 'half' },
        })
      },
    }
    return upload(user, async () => {
      try {
        // An empty file keeps the place of the one that streams.
        const file = await uploadFileStream(
          { ...apikley, transport: streaming },
          { file: new Blob(), ...fields },
          { signal },
        )
        checkEnd()
        return shownFile(file)
      } catch (error) {
        throw why(error)
      }
    })
  },
}

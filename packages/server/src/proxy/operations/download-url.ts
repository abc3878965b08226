import { readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import { webAddress } from '../web-address.ts'

export const downloadUrl: Operation = {
  method: 'POST',
  path: '/api/v1/common/download-url',
  async handle({ proxy: { apikley, reads }, request, user, signal }) {
    const { url } = await readJson(request, signal, 'url')
    reads(user)
    return apikley.files.downloadUrl(webAddress(url).href, { signal })
  },
}

import { readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import { webAddress } from '../web-address.ts'

export const downloadUrl: Operation = {
  method: 'POST',
  path: '/api/v1/common/download-url',
  async handle({ proxy: { apikley, read }, request, user, signal }) {
    const { url } = await readJson(request, signal, 'url')
    const { href } = webAddress(url)
    return read(user, () => apikley.files.downloadUrl(href, { signal }))
  },
}

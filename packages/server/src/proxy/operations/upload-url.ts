import { uploadFileUrl } from '@apikley/client/operations'
import { readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import { notOpen } from '../refusal.ts'
import { fileNameFor, shownFile, uploadPath, uploadRules } from '../uploads.ts'
import { webAddress } from '../web-address.ts'

export const uploadUrl: Operation = {
  method: 'POST',
  path: '/file-upload/api/file-url-upload',
  async handle({ proxy: { options, apikley, upload }, request, user, signal }) {
    if (uploadRules(options).fromUrl !== true) {
      throw notOpen('Uploads from addresses are', 'uploads.fromUrl')
    }
    const { fileUrl, fileName } = await readJson(
      request,
      signal,
      'fileUrl',
      'fileName',
      'uploadPath',
    )
    const { href, pathname } = webAddress(fileUrl)
    const file = { fileUrl: href, uploadPath, fileName: fileNameFor(fileName ?? pathname) }
    return upload(user, async () => shownFile(await uploadFileUrl(apikley, file, { signal })))
  },
}

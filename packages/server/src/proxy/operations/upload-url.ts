import { uploadFileUrl } from '@apikley/client/operations'
import { readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import { fileNameFor, uploadPath, uploadRules } from '../uploads.ts'
import { webAddress } from '../web-address.ts'

export const uploadUrl: Operation = {
  method: 'POST',
  path: '/file-upload/api/file-url-upload',
  async handle({ proxy: { options, apikley, uploads }, request, user, signal }) {
    uploadRules(options)
    const { fileUrl, fileName } = await readJson(request, signal, 'fileUrl', 'fileName', 'uploadPath')
    const { href, pathname } = webAddress(fileUrl)
    uploads(user)
    return uploadFileUrl(apikley, { fileUrl: href, uploadPath, fileName: fileNameFor(fileName ?? pathname) }, { signal })
  },
}

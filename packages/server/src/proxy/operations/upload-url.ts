import { uploadFileUrl } from '@apikley/client/operations'
import { readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import { fileNameFor, openUploads, uploadPath } from '../uploads.ts'
import { checkUrl } from './download-url.ts'

export const uploadUrl: Operation = {
  method: 'POST',
  path: '/file-upload/api/file-url-upload',
  async handle({ proxy, request, user, signal }) {
    openUploads(proxy.options)
    const { fileUrl, fileName } = await readJson(request, ['fileUrl', 'fileName', 'uploadPath'], signal)
    const url = checkUrl('fileUrl', fileUrl)
    proxy.limits.uploads(user)
    const name = fileNameFor(typeof fileName === 'string' ? fileName : new URL(url).pathname)
    return uploadFileUrl(proxy.apikley, { fileUrl: url, uploadPath, fileName: name }, { signal })
  },
}

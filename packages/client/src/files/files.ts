import type { Apikley } from '../client.ts'
import type { OperationClient } from '../transport/send.ts'
import { createDownloadUrl, createSave } from './save.ts'
import { createUpload, createUploadFromUrl } from './upload.ts'

export function createFiles(client: OperationClient): Apikley['files'] {
  const downloadUrl = createDownloadUrl(client)
  return {
    upload: createUpload(client),
    uploadFromUrl: createUploadFromUrl(client),
    downloadUrl,
    save: createSave(client, downloadUrl),
  }
}

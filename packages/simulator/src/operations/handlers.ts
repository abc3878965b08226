import type { OperationId } from '@apikley/types'
import type { Handler } from '../service.ts'
import { accountCredits } from './account-credits.ts'
import { createTask } from './create-task.ts'
import { downloadUrl } from './download-url.ts'
import { taskDetails } from './task-details.ts'
import { uploadBase64, uploadStream, uploadUrl } from './upload.ts'

const known: Readonly<Partial<Record<OperationId, Handler>>> = {
  'create-task': createTask,
  'get-task-details': taskDetails,
  'get-account-credits': accountCredits,
  'download-url': downloadUrl,
  'upload-file-stream': uploadStream,
  'upload-file-base64': uploadBase64,
  'upload-file-url': uploadUrl,
}

export const handlers: ReadonlyMap<string, Handler> = new Map(Object.entries(known))

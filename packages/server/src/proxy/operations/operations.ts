import type { Operation } from '../operation.ts'
import { accountCredits } from './account-credits.ts'
import { createTask } from './create-task.ts'
import { downloadUrl } from './download-url.ts'
import { taskDetails } from './task-details.ts'
import { uploadFile } from './upload-file.ts'
import { uploadUrl } from './upload-url.ts'

/** All that there is. */
export const operations: readonly Operation[] = [
  createTask,
  taskDetails,
  downloadUrl,
  accountCredits,
  uploadFile,
  uploadUrl,
]

import type { Route } from './context.ts'
import { createTask } from './create-task.ts'
import { featureDisabled, refusal } from '../errors.ts'
import { openHandle } from './handle.ts'
import { parseWebUrl, readJson } from '../request-body.ts'
import { uploadFile, uploadFromUrl } from './upload.ts'

/** The fields of a task that a page may see. Its input and its cost stay on the server. */
const PUBLIC_TASK_FIELDS =
  /^(model|state|resultJson|failCode|failMsg|costTime|completeTime|createTime|updateTime|progress)$/

const taskDetails: Route = {
  method: 'GET',
  path: '/api/v1/jobs/recordInfo',
  limit: 'reads',
  async handle({ apikley, secrets, request, user, signal }) {
    const handle = new URL(request.url).searchParams.get('taskId') ?? ''
    const taskId = await openHandle(secrets, user, handle)
    if (taskId === undefined) {
      throw refusal(404, 'This user has no such task.')
    }
    const { raw } = await apikley.tasks.get(taskId, { signal })
    const fields = Object.entries(raw).filter(([field]) => PUBLIC_TASK_FIELDS.test(field))
    return { taskId: handle, ...Object.fromEntries(fields) }
  },
}

const downloadUrl: Route = {
  method: 'POST',
  path: '/api/v1/common/download-url',
  limit: 'reads',
  async handle({ apikley, request, signal }) {
    const { url } = await readJson(request, signal, 'url')
    return apikley.files.downloadUrl(parseWebUrl(url).href, { signal })
  },
}

const accountCredits: Route = {
  method: 'GET',
  path: '/api/v1/chat/credit',
  limit: 'reads',
  async handle({ options, apikley, signal }) {
    if (options.credits !== true) {
      throw featureDisabled('The balance is', 'credits')
    }
    return apikley.credits({ signal })
  },
}

const ROUTES: readonly Route[] = [
  createTask,
  taskDetails,
  downloadUrl,
  accountCredits,
  uploadFile,
  uploadFromUrl,
]

/** The route for the end of the URL's path, with or without a trailing slash. */
export function findRoute({ url }: Request): Route | undefined {
  const { pathname } = new URL(url)
  // Another server might read such a path differently.
  if (/%|\/\/|\\/.test(pathname)) {
    return undefined
  }
  return ROUTES.find(({ path }) => pathname.replace(/\/$/, '').endsWith(path))
}

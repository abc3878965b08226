import type { RouteRequest } from './context.ts'
import { createTask } from './create-task.ts'
import { refuseUnless, requireOption } from '../errors.ts'
import { openHandle } from './handle.ts'
import { parseWebUrl, readJson } from '../request-body.ts'
import { uploadFile, uploadFromUrl } from './upload.ts'

/** One operation that pages may call. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly charged?: boolean
  /** The limit that every request counts against. `createTask` counts only new tasks itself. */
  readonly limit?: 'uploads' | 'reads'
  /** Returns the `data` of the response. */
  readonly handle: (request: RouteRequest) => Promise<unknown>
}

/** Everything that the proxy serves, by the end of the URL's path. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/api/v1/jobs/createTask': { method: 'POST', charged: true, handle: createTask },
  '/api/v1/jobs/recordInfo': { method: 'GET', limit: 'reads', handle: readTask },
  '/api/v1/common/download-url': { method: 'POST', limit: 'reads', handle: createDownloadUrl },
  '/api/v1/chat/credit': { method: 'GET', limit: 'reads', handle: readCredits },
  '/file-upload/api/file-stream-upload': { method: 'POST', limit: 'uploads', handle: uploadFile },
  '/file-upload/api/file-url-upload': { method: 'POST', limit: 'uploads', handle: uploadFromUrl },
}

/** The URL may end with a slash. */
export function findRoute({ url }: Request): Route | undefined {
  const { pathname } = new URL(url)
  // Another server might read such a path differently.
  if (/%|\/\/|\\/.test(pathname)) {
    return undefined
  }
  const path = pathname.replace(/\/$/, '')
  return Object.entries(ROUTES).find(([end]) => path.endsWith(end))?.[1]
}

/** The fields of a task that a page may see. Its input and its cost stay on the server. */
const PUBLIC_TASK_FIELDS =
  /^(model|state|resultJson|failCode|failMsg|costTime|completeTime|createTime|updateTime|progress)$/

async function readTask({ apikley, secrets, signal, ...route }: RouteRequest): Promise<object> {
  const handle = new URL(route.request.url).searchParams.get('taskId') ?? ''
  const taskId = await openHandle(secrets, route.user, handle)
  refuseUnless(taskId !== undefined, 404, 'This user has no such task.')
  const { raw } = await apikley.tasks.get(taskId, { signal })
  const fields = Object.entries(raw).filter(([field]) => PUBLIC_TASK_FIELDS.test(field))
  return { taskId: handle, ...Object.fromEntries(fields) }
}

async function createDownloadUrl({ apikley, request, signal }: RouteRequest): Promise<string> {
  const { url } = await readJson(request, signal, 'url')
  return apikley.files.downloadUrl(parseWebUrl(url).href, { signal })
}

async function readCredits({ options, apikley, signal }: RouteRequest): Promise<number> {
  requireOption(options.credits === true, 'The balance is', 'credits')
  return apikley.credits({ signal })
}

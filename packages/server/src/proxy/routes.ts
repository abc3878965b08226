import type { RouteRequest } from './context.ts'
import { createTask } from './create-task.ts'
import { refuseUnless, requireOption } from '../errors.ts'
import { openHandle } from './sealed-handle.ts'
import { createKey, recoverKey } from './idempotency-keys.ts'
import { parseWebUrl, readJson } from '../request-body.ts'
import { uploadFile, uploadFromUrl } from './upload.ts'

/** One operation that pages may call. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly charged?: boolean
  /**
   * The limit of requests in flight, and of requests in an interval. `createTask` counts new tasks
   * in an interval itself.
   */
  readonly limit: 'creates' | 'uploads' | 'reads'
  /** Returns the `data` of the response. */
  readonly handle: (request: RouteRequest) => Promise<unknown>
}

/**
 * Everything that the proxy serves, by method and the end of the URL's path. `*` is one segment. The
 * service has none of these paths, so a plain reverse proxy in this place charges nothing.
 */
const ROUTES: Readonly<Record<string, Omit<Route, 'method'>>> = {
  'POST /keys': { limit: 'reads', handle: createKey },
  'GET /keys/*': { limit: 'reads', handle: recoverKey },
  'POST /tasks': { charged: true, limit: 'creates', handle: createTask },
  'GET /tasks/*': { limit: 'reads', handle: readTask },
  'POST /files': { limit: 'uploads', handle: uploadFile },
  'POST /files/from-url': { limit: 'uploads', handle: uploadFromUrl },
  'POST /files/link': { limit: 'reads', handle: createDownloadUrl },
  'GET /credits': { limit: 'reads', handle: readCredits },
}

/** The route of a request, and the segment in place of `*`. The URL may end with a slash. */
export function findRoute({ url }: Request): { route: Route; name: string } | undefined {
  const { pathname } = new URL(url)
  // Servers decode these characters differently.
  if (/%|\/\/|\\/.test(pathname)) {
    return undefined
  }
  const path = pathname.replace(/\/$/, '')
  const name = path.slice(path.lastIndexOf('/') + 1)
  for (const [key, route] of Object.entries(ROUTES)) {
    const [method, end = ''] = key.split(' ')
    if (path.endsWith(end.replace('*', name))) {
      return { route: { ...route, method: method === 'GET' ? 'GET' : 'POST' }, name }
    }
  }
  return undefined
}

/** The fields of a task that a page may see. Its input and its cost stay on the server. */
const PUBLIC_TASK_FIELDS =
  /^(model|state|resultJson|failCode|failMsg|costTime|completeTime|createTime|updateTime|progress)$/

async function readTask({ apikley, secrets, user, name, signal }: RouteRequest): Promise<object> {
  const taskId = await openHandle(secrets, 'task', user, name)
  refuseUnless(taskId !== undefined, 404, 'This user has no such task.')
  const { raw } = await apikley.tasks.get(taskId, { signal, user })
  const fields = Object.entries(raw).filter(([field]) => PUBLIC_TASK_FIELDS.test(field))
  return { taskId: name, ...Object.fromEntries(fields) }
}

async function createDownloadUrl(route: RouteRequest): Promise<string> {
  const { apikley, signal } = route
  const { url } = await readJson(route, 'url')
  return apikley.files.downloadUrl(parseWebUrl(url).href, { signal })
}

async function readCredits({ options, apikley, user, signal }: RouteRequest): Promise<number> {
  requireOption(options.credits === true, 'The balance is', 'credits')
  return apikley.credits({ signal, user })
}

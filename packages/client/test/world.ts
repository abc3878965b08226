import type { ApikleyOptions } from '../src/index.ts'
import { service, type Sent, type Service } from './service.ts'

/**
 * A task of the world: how long it takes from the create, or has taken when the test begins, in ms.
 */
export interface WorldTask {
  readonly model?: string
  readonly duration: number
  readonly state?: 'success' | 'fail'
  /** Fields of the record in place of the usual ones. */
  readonly record?: object
}

export interface World extends Service {
  /** Every look: which task, and when. */
  readonly looks: { readonly taskId: string; readonly at: number }[]
  /** What a look meets before anything else; nothing when it is answered as usual. */
  trouble: (request: Sent) => Response | Promise<Response> | undefined
  /**
   * The task that creates give in place of a new one, as a proxy does for an attempt that it knows.
   */
  known: string | undefined
}

/**
 * A service on the test's clock. A create makes the next task that is given; tasks with ids of the
 * test's own were begun when it was.
 */
export function world(
  next: () => WorldTask,
  options: ApikleyOptions = {},
  begun: Readonly<Record<string, WorldTask>> = {},
): World {
  const tasks = new Map<string, WorldTask & { readonly start: number }>()
  const looks: World['looks'] = []
  const answer = (data: unknown, code = 200): Response =>
    new Response(JSON.stringify({ code, msg: 'words', data }))
  const all = service(
    [
      (request) => {
        const now = all.clock.now()
        if (request.method === 'POST') {
          if (made.known !== undefined) {
            return answer({ taskId: made.known })
          }
          const taskId = `task_${tasks.size + 1}`
          tasks.set(taskId, { model: JSON.parse(request.body).model, ...next(), start: now })
          return answer({ taskId })
        }
        const taskId = request.url.searchParams.get('taskId') ?? ''
        looks.push({ taskId, at: now })
        const met = made.trouble(request)
        if (met) {
          return met
        }
        const task = tasks.get(taskId)
        if (!task) {
          return answer(null, 422)
        }
        const { model = 'a-model', start, duration, state = 'success', record } = task
        const ended = now >= start + duration
        const times = { createTime: start, completeTime: ended ? start + duration : null }
        return answer({ taskId, model, state: ended ? state : 'generating', ...times, ...record })
      },
    ],
    options,
  )
  for (const [taskId, task] of Object.entries(begun)) {
    tasks.set(taskId, { ...task, start: all.clock.now() })
  }
  const made: World = { ...all, looks, trouble: () => undefined, known: undefined }
  return made
}

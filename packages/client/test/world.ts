import type { ApikleyOptions, PollingHistory } from '../src/index.ts'
import { MODEL, envelope, resultJson, type Reply } from './replies.ts'
import { service, type Service } from './service.ts'

export interface WorldTask {
  /** In ms from its create. Tasks of other clients were created when the test began. */
  readonly duration: number
  readonly state?: 'success' | 'fail'
  /** Fields of the record that replace the usual ones. */
  readonly record?: object
}

export interface World extends Service {
  /** Every poll: the task and the time. */
  readonly polls: { readonly taskId: string; readonly at: number }[]
  /** Replaces the answer to every request while it is set. */
  fault: Reply | undefined
}

/**
 * A service with tasks, and its client. Creates make `task_1`, `task_2` and so on. Every other id is
 * a task too.
 */
export function world(
  task: WorldTask | ((taskId: string) => WorldTask),
  options: ApikleyOptions = {},
): World {
  const polls: World['polls'] = []
  const tasks = new Map<string, { readonly start: number; readonly model: string }>()
  const all = service([(request) => answer(request)], options)
  const world: World = { ...all, polls, fault: undefined }
  const opened = all.clock.now()

  const answer: Reply = (request) => {
    const now = all.clock.now()
    const taskId = request.url.searchParams.get('taskId') ?? `task_${tasks.size + 1}`
    if (request.method === 'GET') {
      polls.push({ taskId, at: now })
    }
    if (world.fault) {
      return world.fault(request)
    }
    if (request.method === 'POST') {
      tasks.set(taskId, { start: now, model: JSON.parse(request.body).model })
      return envelope(200, { taskId })(request)
    }
    const { duration, state = 'success', record } = typeof task === 'function' ? task(taskId) : task
    const { start, model } = tasks.get(taskId) ?? { start: opened, model: MODEL }
    const hasEnded = now >= start + duration
    return envelope(200, {
      taskId,
      model,
      state: hasEnded ? state : 'generating',
      resultJson,
      createTime: start,
      completeTime: hasEnded ? start + duration : null,
      ...record,
    })(request)
  }
  return world
}

/** The ids `task_1` to `task_<count>`. */
export function taskIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `task_${index + 1}`)
}

/** A learned history: tasks of a model take about `seconds`. */
export function historyOf(seconds: number, model: string = MODEL): PollingHistory {
  return { [model]: { count: 20, mean: Math.log(seconds * 1000), variance: 0.02 } }
}

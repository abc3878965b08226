import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** A task of the loopback service; times are in ms, as `now()` gives them. */
export interface ServedTask {
  readonly start: number
  readonly end: number
  /** Requests about it, after the one that made it. */
  requests: number
}

export interface LoopbackService {
  readonly url: string
  readonly tasks: ReadonlyMap<string, ServedTask>
  /** When requests came that read a task. */
  readonly reads: number[]
  /** Makes a task that takes `ms`, and gives its id. */
  create(ms: number): string
  stop(): Promise<void>
}

export function now(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * A service on loopback that speaks the polling protocols of four: Apikley, fal, Replicate and
 * Runway. A POST whose body says `ms=1234` somewhere makes a task that takes 1,234 ms.
 */
export async function startService(): Promise<LoopbackService> {
  const tasks = new Map<string, ServedTask>()
  const reads: number[] = []

  function create(ms: number): string {
    const taskId = crypto.randomUUID()
    const start = now()
    tasks.set(taskId, { start, end: start + ms, requests: 0 })
    return taskId
  }

  function read(taskId: string): { readonly task: ServedTask; readonly ended: boolean } {
    const task = tasks.get(taskId)
    if (!task) {
      throw new Error(`There is no task ${taskId}`)
    }
    const at = now()
    task.requests++
    reads.push(at)
    return { task, ended: at >= task.end }
  }

  async function answer(request: IncomingMessage): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const id =
      pathname.split('/').find((part) => part.length === 36) ?? searchParams.get('taskId') ?? ''
    const ofApikley = pathname.startsWith('/api/v1/jobs/')
    if (request.method === 'POST') {
      const made = create(Number(/ms=(\d+)/.exec(await text(request))?.[1] ?? 0))
      return ofApikley
        ? { code: 200, msg: 'success', data: { taskId: made } }
        : { id: made, request_id: made, status: 'starting' }
    }
    const { task, ended } = read(id)
    if (ofApikley) {
      const times = {
        createTime: Math.round(task.start),
        completeTime: ended ? Math.round(task.end) : null,
      }
      const data = {
        taskId: id,
        model: 'ideogram/v3-reframe',
        state: ended ? 'success' : 'generating',
        ...times,
      }
      return { code: 200, msg: 'success', data }
    }
    if (pathname.startsWith('/v1/tasks/')) {
      return { id, status: ended ? 'SUCCEEDED' : 'RUNNING', output: [] }
    }
    if (pathname.startsWith('/v1/predictions/')) {
      return { id, status: ended ? 'succeeded' : 'processing', output: [] }
    }
    return pathname.endsWith('/status')
      ? { request_id: id, status: ended ? 'COMPLETED' : 'IN_PROGRESS' }
      : { images: [] }
  }

  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    answer(request).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) =>
        response.writeHead(404).end(JSON.stringify({ code: 404, message: String(error) })),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    tasks,
    reads,
    create,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

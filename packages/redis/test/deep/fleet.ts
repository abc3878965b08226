import { fork } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { listen } from 'test-kit/listen'
import type { Call, End, WorkerOptions } from './worker.ts'

export interface Worker {
  /** Rejects if the process ends. */
  readonly call: (call: Call) => Promise<End>
  readonly kill: () => void
}

/** Starts a process that is ready for calls. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const program = join(import.meta.dirname, 'worker.ts')
  const child = fork(program, [JSON.stringify(options)], { execArgv: [] })
  const pending = new Map<number, { resolve: (end: End) => void; reject: (why: Error) => void }>()
  let count = 0
  const receive = (id: number): Promise<End> =>
    new Promise((resolve, reject) => pending.set(id, { resolve, reject }))
  // A message to a process that ends.
  child.on('error', () => {})
  child.on('message', (end: End) => {
    pending.get(end.id)?.resolve(end)
    pending.delete(end.id)
  })
  child.once('exit', () => {
    for (const { reject } of pending.values()) {
      reject(new Error('The process has ended'))
    }
    pending.clear()
  })
  await receive(0)
  return {
    call(call) {
      count += 1
      const ended = receive(count)
      if (child.connected) {
        child.send({ id: count, ...call })
      } else {
        pending.get(count)?.reject(new Error('The process has ended'))
      }
      return ended
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** A task that the service has accepted. */
export interface Accepted {
  readonly taskId: string
  readonly input: number
  readonly callbackUrl: string | undefined
  /** Its requests: the create and the reads. */
  requests: number
  readonly createdAt: number
  endedAt: number | undefined
}

export interface Service {
  readonly url: string
  readonly tasks: Map<string, Accepted>
  /** When each request arrived, in Unix ms. */
  readonly creates: number[]
  readonly reads: number[]
  readonly stop: () => void
}

/**
 * A service that counts. `lose` says which responses are lost: before or after the request has an
 * effect.
 */
export async function startService(
  lose: () => 'before' | 'after' | undefined = () => undefined,
  latency = 0,
): Promise<Service> {
  const tasks = new Map<string, Accepted>()
  const [creates, reads]: [number[], number[]] = [[], []]
  const answer = async (request: IncomingMessage): Promise<object> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    if (request.method === 'POST') {
      creates.push(Date.now())
      const { input, callBackUrl } = JSON.parse(await text(request))
      const number = Number(/(\d+)\.png$/.exec(input.image_url)?.[1])
      const taskId = `task_${tasks.size + 1}`
      const [createdAt, callbackUrl] = [Date.now(), callBackUrl]
      const task = { taskId, input: number, callbackUrl, requests: 1, createdAt }
      tasks.set(taskId, { ...task, endedAt: undefined })
      return { code: 200, msg: '', data: { taskId } }
    }
    reads.push(Date.now())
    const task = tasks.get(searchParams.get('taskId') ?? '')
    if (!task) {
      return { code: 404, msg: pathname, data: null }
    }
    task.requests += 1
    const { taskId, endedAt } = task
    const resultJson = JSON.stringify({ resultUrls: [`https://files.example.com/${taskId}.webp`] })
    const state = endedAt === undefined ? 'generating' : 'success'
    const model = 'ideogram/v3-reframe'
    return { code: 200, msg: '', data: { taskId, model, state, resultJson } }
  }
  const { url, server, stop } = await listen(async (request, response) => {
    const loss = lose()
    const body = loss === 'before' ? {} : await answer(request)
    if (loss !== undefined) {
      request.socket.destroy()
      return
    }
    await pause(latency)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.keepAliveTimeout = 60_000
  return { url, tasks, creates, reads, stop: () => void stop() }
}

import { createApikley, type Apikley, type Task } from '@apikley/client'
import {
  createSimulator,
  createVirtualClock,
  type Outcome,
  type Simulator,
  type VirtualClock,
} from '@apikley/simulator'
import {
  createWebhookHandler,
  signCallback,
  type TaskInfo,
  type WebhookHandler,
  type WebhookOptions,
} from '../src/index.ts'
import { model } from './requests.ts'

export const callbackUrl = 'http://localhost:3000/api/apikley/callback'

/** One server and the service on one clock. Callbacks go directly to the handler. */
export interface WebhookService {
  readonly apikley: Apikley
  readonly clock: VirtualClock
  readonly simulator: Simulator<VirtualClock>
  readonly handler: WebhookHandler
  /** The arguments of every call of `onTask`. */
  readonly calls: { readonly task: Task; readonly info: TaskInfo }[]
  /** The first argument of every call of `onError`. */
  readonly errors: unknown[]
  /** The number of requests that read tasks. */
  reads(): number
  /** Posts a callback about a task, and returns the status of the response. Time stands still. */
  post(taskId?: string, more?: PostOptions): Promise<number>
  /** Posts a callback, and lets time pass until the response arrives. */
  send(taskId?: string, more?: PostOptions): Promise<number>
}

export interface PostOptions {
  /** Signs the callback. */
  readonly secret?: string
  readonly headers?: Record<string, string>
  readonly url?: string
  /** Default: a callback about the task, as the service posts it. */
  readonly body?: BodyInit
}

export function webhookService(
  options: Partial<WebhookOptions> & { readonly signedWith?: string } = {},
  outcomes: readonly Outcome[] = [],
  platform?: unknown,
  clock: VirtualClock = createVirtualClock(),
): WebhookService {
  const { signedWith, onTask, ...rest } = options
  const calls: WebhookService['calls'] = []
  const errors: unknown[] = []
  const deliver: typeof fetch = (url, init) =>
    clock.during(handler(new Request(url, init), platform))
  const secret = signedWith === undefined ? {} : { secret: signedWith }
  const simulator = createSimulator({ clock, outcomes, callbacks: { ...secret, fetch: deliver } })
  const apikley = createApikley(
    { apiKey: 'any-long-key-will-do', fetch: simulator.fetch },
    { clock },
  )
  const handler = createWebhookHandler(
    {
      apikley,
      onError: (error) => errors.push(error),
      ...rest,
      async onTask(task, info) {
        calls.push({ task, info })
        await onTask?.(task, info)
      },
    },
    { clock },
  )
  const post: WebhookService['post'] = async (taskId = 'task_1', more = {}) => {
    const { secret, url = callbackUrl, body = callbackOf(taskId) } = more
    const signature = secret === undefined ? {} : await signCallback(taskId, secret, clock.now())
    const headers = { ...signature, ...more.headers }
    const request = new Request(url, { method: 'POST', headers, body, ...{ duplex: 'half' } })
    return (await handler(request, platform)).status
  }
  const reads = (): number =>
    simulator.journal.requests.filter(({ operation }) => operation === 'get-task-details').length
  const send: WebhookService['send'] = (taskId, more) => clock.settle(post(taskId, more))
  return { apikley, clock, simulator, handler, calls, errors, reads, post, send }
}

/** The body of a callback about a task, as the service posts it. */
export function callbackOf(taskId: string, data: object = {}): string {
  return JSON.stringify({
    code: 200,
    msg: 'success',
    data: { taskId, model, state: 'success', ...data },
  })
}

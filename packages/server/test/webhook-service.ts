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

export const model = 'ideogram/v3-reframe'
export const input = {
  image_url: 'https://files.example.com/source.webp',
  image_size: 'square_hd',
} as const
export const callbackUrl = 'http://localhost:3000/api/apikley/callback'

/** One long-lived server and the service, on one clock: callbacks come straight to the handler. */
export interface WebhookService {
  readonly apikley: Apikley
  readonly clock: VirtualClock
  readonly simulator: Simulator<VirtualClock>
  readonly handler: WebhookHandler
  /** What `onTask` was called with. */
  readonly told: { readonly task: Task; readonly info: TaskInfo }[]
  /** What `onError` was called with. */
  readonly errors: unknown[]
  /** How often tasks were read. */
  reads(): number
  /** Posts a body to the handler; with a secret it is signed. */
  post(
    body: unknown,
    more?: {
      readonly secret?: string
      readonly headers?: Record<string, string>
      readonly url?: string
    },
  ): Promise<Response>
}

export function webhookService(
  options: Partial<WebhookOptions> & { readonly signedWith?: string } = {},
  outcomes: readonly Outcome[] = [],
  platform?: unknown,
  clock: VirtualClock = createVirtualClock(),
): WebhookService {
  const { signedWith, ...more } = options
  const told: WebhookService['told'] = []
  const errors: unknown[] = []
  const simulator = createSimulator({
    clock,
    outcomes,
    callbacks: {
      ...(signedWith === undefined ? {} : { secret: signedWith }),
      fetch: (url, init) => clock.during(handler(new Request(url, init), platform)),
    },
  })
  const apikley = createApikley({ apiKey: 'any', fetch: simulator.fetch }, { clock })
  const { onTask, ...rest } = more
  const handler = createWebhookHandler(
    {
      apikley,
      onError: (error) => errors.push(error),
      ...rest,
      async onTask(task, info) {
        told.push({ task, info })
        await onTask?.(task, info)
      },
    },
    { clock },
  )
  return {
    apikley,
    clock,
    simulator,
    handler,
    told,
    errors,
    reads: () =>
      simulator.journal.requests.filter(({ operation }) => operation === 'get-task-details').length,
    async post(body, { secret, headers = {}, url = callbackUrl } = {}) {
      const signature =
        secret === undefined ? {} : await signCallback(idIn(body), secret, clock.now())
      const request = {
        method: 'POST',
        headers: { ...signature, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }
      return clock.settle(handler(new Request(url, request), platform))
    },
  }
}

/** A callback about a task, as the service posts it. */
export function callbackOf(taskId: string, data: object = {}): object {
  return { code: 200, msg: 'success', data: { taskId, model, state: 'success', ...data } }
}

function idIn(body: unknown): string {
  const found = /"taskId":"([^"]+)"/.exec(JSON.stringify(body))
  return found?.[1] ?? ''
}

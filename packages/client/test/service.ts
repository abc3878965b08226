import {
  createApikley,
  type Apikley,
  type ApikleyEvent,
  type ApikleyOptions,
} from '../src/index.ts'
import { createTestClock, type TestClock } from 'test-kit/clock'

/** What the service does with a request. */
export type Reply = (request: Sent) => Response | Promise<Response>

export interface Sent {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: string
  readonly init: RequestInit
}

export interface Service {
  readonly apikley: Apikley
  readonly clock: TestClock
  /** Every request that was sent, in order. */
  readonly sent: Sent[]
  readonly events: ApikleyEvent[]
}

export const key = 'sk-5up3r-s3cr3t'

/** A client whose `fetch` is looked at: each request gets the next reply, the last one for ever. */
export function service(
  replies: Reply[],
  options: ApikleyOptions = {},
  create: typeof createApikley = createApikley,
): Service {
  const clock = createTestClock()
  const sent: Sent[] = []
  const events: ApikleyEvent[] = []
  const apikley = create(
    {
      apiKey: key,
      onEvent: (event) => events.push(event),
      fetch: async (input, init = {}) => {
        // As it would go over the wire: a form becomes multipart here.
        const request = {
          url: new URL(String(input)),
          ...(await onWire(String(input), init)),
          init,
        }
        sent.push(request)
        const reply = replies[Math.min(sent.length, replies.length) - 1]
        if (!reply) {
          throw new Error('The test has no reply for this request')
        }
        return reply(request)
      },
      ...options,
    },
    { clock, random: () => 0.5, env: {} },
  )
  return { apikley, clock, sent, events }
}

async function onWire(
  url: string,
  init: RequestInit,
): Promise<Pick<Sent, 'method' | 'headers' | 'body'>> {
  const request = new Request(url, { ...init, signal: null })
  return { method: request.method, headers: request.headers, body: await request.text() }
}

/** The events of one type, in order. */
export function eventsOf<Type extends ApikleyEvent['type']>(
  events: readonly ApikleyEvent[],
  type: Type,
): Extract<ApikleyEvent, { readonly type: Type }>[] {
  return events.filter(
    (event): event is Extract<ApikleyEvent, { readonly type: Type }> => event.type === type,
  )
}

export function json(body: unknown, init: ResponseInit = {}): Reply {
  return () =>
    new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' }, ...init })
}

export const created: Reply = json({ code: 200, msg: 'success', data: { taskId: 'task_1' } })

/** A task in a state, as the service records it. */
export function record(state: string, more: object = {}): Reply {
  return json({
    code: 200,
    msg: 'success',
    data: { taskId: 'task_1', model: 'ideogram/v3-reframe', state, ...more },
  })
}

export const succeeded: Reply = record('success', {
  resultJson: '{"resultUrls":["https://files.example.com/1.webp"]}',
})

/** The answer to an upload, with the name in its form or in its URL. */
export const uploaded: Reply = ({ body, url }) => {
  const fileName =
    /name="fileName"\r\n\r\n(.*)\r\n/.exec(body)?.[1] ?? url.searchParams.get('fileName') ?? ''
  const data = {
    fileName,
    filePath: `uploads/${fileName}`,
    downloadUrl: `https://files.example.com/uploads/${fileName}`,
    fileSize: 5,
    mimeType: 'image/png',
    uploadedAt: '2026-01-05T12:00:00.000Z',
  }
  return Response.json({ success: true, code: 200, msg: 'File uploaded successfully', data })
}

/** A connection that breaks; `code` is what Node says of it, and `syscall` what it was doing. */
export function broken(code: string, syscall?: string): Reply {
  return () => {
    throw new TypeError('fetch failed', {
      cause: Object.assign(new Error(`connect ${code}`), { code }, syscall && { syscall }),
    })
  }
}

/** An answer that never comes, and does not care about the signal. */
export const never: Reply = () => new Promise<Response>(() => {})

export const input = {
  image_url: 'https://files.example.com/source.webp',
  image_size: 'square_hd',
} as const

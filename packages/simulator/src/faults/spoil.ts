import { jsonAnswer, textAnswer, type Answer } from '../answer.ts'
import type { Clock } from '../clock.ts'
import { sleep } from '../clock.ts'
import { brokenBody, connectionError } from './connection.ts'
import type { Fault, RetryAfter } from './fault.ts'

interface Parts {
  readonly clock: Clock
  readonly refusal: (code: number, words?: string) => Answer
  /** Aborts when the caller has gone or the simulator is stopped. */
  readonly signal: AbortSignal
}

/** An answer that is ready to be sent. */
export interface Delivery {
  readonly answer: Answer
  /** The body in pieces, where it does not come as a whole. */
  readonly stream?: ReadableStream<Uint8Array>
}

/**
 * What becomes of an answer under a fault.
 *
 * @param answer the right answer, where the request had its effect
 * @throws what `fetch` rejects with, when no answer comes
 */
export async function spoil(
  fault: Fault,
  answer: Answer | undefined,
  parts: Parts,
): Promise<Delivery> {
  const { clock, signal } = parts
  const right = answer ?? textAnswer(200, '')
  switch (fault.fault) {
    case 'status':
      return { answer: statusAnswer(fault, parts) }
    case 'code': {
      const { json } = parts.refusal(
        fault.code,
        fault.msg ?? (fault.code === 200 ? 'success' : undefined),
      )
      const body =
        typeof json === 'object' && fault.data !== undefined ? { ...json, data: fault.data } : json
      return { answer: jsonAnswer(body, 200, retryHeaders(fault.retryAfter, clock)) }
    }
    case 'delay':
      await sleep(clock, fault.ms, signal)
      return { answer: right }
    case 'hang':
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      )
    case 'reset':
      throw connectionError('ECONNRESET')
    case 'refuse':
      throw connectionError('ECONNREFUSED')
    case 'truncate':
      return { answer: { ...right, body: half(bytesOf(right)), json: undefined } }
    case 'break':
      return { answer: declareLength(right), stream: broken(half(bytesOf(right))) }
    case 'html':
      return { answer: page(fault.status ?? 502) }
    case 'drip':
      return {
        answer: declareLength(right),
        stream: dripping(bytesOf(right), fault.ms, fault.bytes ?? 1, parts),
      }
    case 'empty':
      return { answer: { status: fault.status ?? 500, headers: {}, body: '' } }
    case 'content-type':
      return { answer: { ...right, headers: { ...right.headers, 'content-type': fault.type } } }
  }
}

function statusAnswer(
  fault: Extract<Fault, { fault: 'status' }>,
  { refusal, clock }: Parts,
): Answer {
  const { status, body } = fault
  const answer = body === undefined ? refusal(status) : textAnswer(status, body)
  return {
    ...answer,
    status,
    headers: { ...answer.headers, ...retryHeaders(fault.retryAfter, clock), ...fault.headers },
  }
}

function retryHeaders(after: RetryAfter | undefined, clock: Clock): Record<string, string> {
  if (after === undefined) {
    return {}
  }
  return {
    'retry-after':
      typeof after === 'number'
        ? String(after)
        : new Date(clock.now() + after.date * 1000).toUTCString(),
  }
}

function page(status: number): Answer {
  return textAnswer(
    status,
    `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>gateway</body></html>\n`,
    'text/html',
  )
}

function bytesOf({ body }: Answer): Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body
}

function half(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.subarray(0, Math.ceil(bytes.byteLength / 2))
}

/** What is sent will be shorter or later than it says. */
function declareLength(answer: Answer): Answer {
  return {
    ...answer,
    headers: { ...answer.headers, 'content-length': String(bytesOf(answer).byteLength) },
  }
}

function broken(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false
  return new ReadableStream({
    pull(controller) {
      if (sent) {
        controller.error(brokenBody())
      } else {
        controller.enqueue(bytes)
      }
      sent = true
    },
  })
}

function dripping(
  bytes: Uint8Array,
  ms: number,
  size: number,
  { clock, signal }: Parts,
): ReadableStream<Uint8Array> {
  let offset = 0
  return new ReadableStream(
    {
      async pull(controller) {
        if (offset > 0) {
          await sleep(clock, ms, signal)
        }
        controller.enqueue(bytes.subarray(offset, offset + size))
        offset += size
        if (offset >= bytes.byteLength) {
          controller.close()
        }
      },
    },
    { highWaterMark: 0 },
  )
}

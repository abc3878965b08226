import type { Clock } from '../clock.ts'
import { jsonAnswer, textAnswer, type Answer, type Delivery } from '../http/answer.ts'
import type { Fault, RetryAfter } from '../scenario.ts'
import { sleep } from '../waiting.ts'
import { connectionError, type Connection } from './connection.ts'
import type { Service } from './service.ts'

/** The faults that change a right answer rather than replace it. */
const CHANGING_FAULTS: ReadonlySet<Fault['fault']> = new Set([
  'delay',
  'truncate',
  'break',
  'drip',
  'content-type',
])

/** Whether the request takes effect under a fault. */
export function takesEffect(fault: Fault): boolean {
  return CHANGING_FAULTS.has(fault.fault) || fault.accepted === true
}

/**
 * Applies a fault to an answer.
 *
 * @param answer the right answer, if the request took effect
 * @throws the rejection of `fetch`, when the fault sends no answer
 */
export async function applyFault(
  fault: Fault,
  answer: Answer | undefined,
  service: Service,
  connection: Connection,
): Promise<Delivery> {
  const { clock } = service
  const { signal } = connection
  const right = answer ?? textAnswer(200, '')
  switch (fault.fault) {
    case 'status':
      return { answer: statusAnswer(fault, service) }
    case 'code':
      return { answer: codeAnswer(fault, service) }
    case 'delay':
      await sleep(clock, fault.ms, signal)
      return { answer: right }
    case 'hang':
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    case 'reset':
      throw connectionError('ECONNRESET')
    case 'refuse':
      throw connectionError('ECONNREFUSED')
    case 'truncate':
      return { answer: { ...right, body: firstHalf(bytesOf(right)), json: undefined } }
    case 'break': {
      const stream = connection.stream(firstHalf(bytesOf(right)), { breaks: true }, clock)
      return { answer: withLength(right), stream }
    }
    case 'html':
      return { answer: gatewayPage(fault.status ?? 502) }
    case 'drip': {
      const stream = connection.stream(
        bytesOf(right),
        { size: fault.bytes ?? 1, pauseMs: fault.ms },
        clock,
      )
      return { answer: withLength(right), stream }
    }
    case 'empty':
      return { answer: { status: fault.status ?? 500, headers: {}, body: '' } }
    case 'content-type':
      return { answer: { ...right, headers: { ...right.headers, 'content-type': fault.type } } }
  }
}

function statusAnswer(fault: Fault & { fault: 'status' }, service: Service): Answer {
  const { status, body } = fault
  const answer = body === undefined ? service.errorAnswer(status) : textAnswer(status, body)
  return {
    ...answer,
    status,
    headers: {
      ...answer.headers,
      ...retryAfterHeader(fault.retryAfter, service.clock),
      ...fault.headers,
    },
  }
}

function codeAnswer(fault: Fault & { fault: 'code' }, service: Service): Answer {
  const { code, msg = code === 200 ? 'success' : undefined, data, retryAfter } = fault
  const { json } = service.errorAnswer(code, msg)
  const body = data === undefined ? json : Object.assign({}, json, { data })
  return jsonAnswer(body, 200, retryAfterHeader(retryAfter, service.clock))
}

function retryAfterHeader(after: RetryAfter | undefined, clock: Clock): Record<string, string> {
  if (after === undefined) {
    return {}
  }
  const date = typeof after === 'number' ? undefined : new Date(clock.now() + after.date * 1000)
  return { 'retry-after': date?.toUTCString() ?? String(after) }
}

function gatewayPage(status: number): Answer {
  return textAnswer(
    status,
    `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>gateway</body></html>\n`,
    'text/html',
  )
}

function bytesOf({ body }: Answer): Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body
}

function firstHalf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.subarray(0, Math.ceil(bytes.byteLength / 2))
}

/** Declares the length of the whole body, although it arrives broken or slowly. */
function withLength(answer: Answer): Answer {
  const length = String(bytesOf(answer).byteLength)
  return { ...answer, headers: { ...answer.headers, 'content-length': length } }
}

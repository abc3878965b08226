import type { Clock } from '../clock.ts'
import { jsonAnswer, textAnswer, type Answer } from '../http/answer.ts'
import { brokenStream, connectionError, slowStream } from '../http/connection.ts'
import type { Fault, RetryAfter } from '../scenario.ts'
import { sleep } from '../waiting.ts'
import type { Service } from './service.ts'

/** The faults that change a right answer rather than replace it. */
const CHANGING_FAULTS: ReadonlySet<Fault['fault']> = new Set([
  'delay',
  'truncate',
  'break',
  'drip',
  'content-type',
])

const GATEWAY_PAGE = '<html><body><h1>Bad gateway</h1></body></html>\n'

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
  signal: AbortSignal,
): Promise<Answer> {
  const { clock } = service
  const right = answer ?? textAnswer(200, '')
  switch (fault.fault) {
    case 'status':
      return statusAnswer(fault, service)
    case 'code':
      return codeAnswer(fault, service)
    case 'delay':
      await sleep(clock, fault.ms, signal)
      return right
    case 'hang':
      // The exchange ends it when the caller disconnects or the simulator is stopped.
      return new Promise(() => {})
    case 'reset':
      throw connectionError('ECONNRESET')
    case 'refuse':
      throw connectionError('ECONNREFUSED')
    case 'truncate':
      return { ...right, body: firstHalf(bytesOf(right)), json: undefined }
    case 'break':
      return streamed(right, brokenStream(firstHalf(bytesOf(right))))
    case 'html':
      return textAnswer(fault.status ?? 502, GATEWAY_PAGE, 'text/html')
    case 'drip': {
      const { bytes: size = 1, ms } = fault
      return streamed(right, slowStream(bytesOf(right), size, ms, clock, signal))
    }
    case 'empty':
      return { status: fault.status ?? 500, headers: {}, body: '' }
    case 'content-type':
      return { ...right, headers: { ...right.headers, 'content-type': fault.type } }
  }
}

function statusAnswer(fault: Fault & { fault: 'status' }, service: Service): Answer {
  const { status, body, retryAfter } = fault
  const answer = body === undefined ? service.errorAnswer(status) : textAnswer(status, body)
  const after = retryAfterHeader(retryAfter, service.clock)
  return { ...answer, status, headers: { ...answer.headers, ...after, ...fault.headers } }
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

function bytesOf({ body }: Answer): Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body
}

function firstHalf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.subarray(0, Math.ceil(bytes.byteLength / 2))
}

/** Declares the length of the whole body, although it arrives broken or slowly. */
function streamed(answer: Answer, stream: ReadableStream<Uint8Array>): Answer {
  const length = String(bytesOf(answer).byteLength)
  return { ...answer, headers: { ...answer.headers, 'content-length': length }, stream }
}

import { jsonAnswer, textAnswer, type Answer } from './answer.ts'
import { connectionError } from './faults/connection.ts'
import { takesEffect, type Fault } from './faults/fault.ts'
import { spoil, type Delivery } from './faults/spoil.ts'
import { watched } from './faults/watched.ts'
import type { Incoming } from './incoming.ts'
import type { JournalRequest } from './journal.ts'
import { handlers } from './operations/handlers.ts'
import { serveFile } from './operations/serve-file.ts'
import { createRouter, type Route } from './route.ts'
import { refuse, type Service } from './service.ts'
import type { Rules } from './strikes.ts'

/**
 * From a request to its answer, for both faces.
 *
 * @throws what `fetch` rejects with, when no answer comes
 */
export type Exchange = (request: Incoming) => Promise<Delivery>

export function createExchange(service: Service, faults: Rules<Fault>): Exchange {
  const route = createRouter(service.document)
  const { clock, options, stopped } = service

  return async (request) => {
    const { signal } = request
    signal.throwIfAborted()
    if (stopped.aborted) {
      throw connectionError('ECONNREFUSED')
    }
    const ended = new AbortController()
    const gone = (): void =>
      ended.abort(signal.aborted ? signal.reason : connectionError('ECONNRESET'))
    signal.addEventListener('abort', gone, { once: true })
    stopped.addEventListener('abort', gone, { once: true })
    const release = (): void => {
      signal.removeEventListener('abort', gone)
      stopped.removeEventListener('abort', gone)
    }
    try {
      const { answer, stream } = await Promise.race([
        exchange(request, ended.signal),
        aborted(ended.signal),
      ])
      // A body that is still on its way can still be broken off.
      if (!stream || request.method === 'HEAD') {
        release()
        return finish(request, answer)
      }
      const cancelled = (): void => ended.abort(connectionError('ECONNRESET'))
      return finish(request, answer, watched(stream, release, cancelled))
    } catch (error) {
      release()
      throw error
    }
  }

  async function exchange(request: Incoming, signal: AbortSignal): Promise<Delivery> {
    const url = new URL(request.url)
    const redact = redactor(request.headers.get('authorization'))
    const to = route(request.method, url.pathname)
    const operation =
      to.to === 'operation' ? to.operation.id : to.to === 'files' ? 'files' : undefined
    const attemptId = request.headers.get('idempotency-key')
    const entry: JournalRequest = {
      at: clock.now(),
      method: request.method,
      path: redact(url.pathname + url.search),
      ...(operation === undefined ? {} : { operation }),
      ...(attemptId === null ? {} : { attemptId: redact(attemptId) }),
    }
    service.journal.request(entry)
    const fault =
      operation === undefined
        ? undefined
        : faults.take((rule) => rule.operation === undefined || rule.operation === operation)
    if (fault) {
      entry.fault = fault.fault
    }
    const right =
      fault && !takesEffect(fault) ? undefined : await handle(to, request, url, entry, redact)
    const delivery = fault
      ? await spoil(fault, right, { clock, signal, refusal: service.envelopes.refusal })
      : { answer: right ?? textAnswer(500, '') }
    note(entry, delivery.answer, redact)
    return delivery
  }

  async function handle(
    to: Route,
    request: Incoming,
    url: URL,
    entry: JournalRequest,
    redact: (text: string) => string,
  ): Promise<Answer> {
    if (to.to === 'files') {
      return serveFile(service, url)
    }
    if (to.to === 'nowhere') {
      if (request.method === 'OPTIONS' && options.cors) {
        return { status: 204, headers: {}, body: '' }
      }
      return to.allowed.length > 0
        ? jsonAnswer({ code: 405, msg: `Use ${to.allowed.join(' or ')}`, data: null }, 405)
        : jsonAnswer({ code: 404, msg: `There is nothing at ${entry.path}`, data: null }, 404)
    }
    const { operation } = to
    const answer = isAuthorized(request)
      ? await (handlers.get(operation.id)?.(service, { request, url, operation, entry, redact }) ??
          jsonAnswer(operation.example))
      : refuse(service, operation, 401)
    if (options.check) {
      const [problem] = service.schemas.answer(operation, answer.status, answer.json)
      if (problem) {
        throw new Error(
          `The answer of ${operation.id} differs from the document: ${problem.path} ${problem.message}`,
        )
      }
    }
    return answer
  }

  function isAuthorized({ headers }: Incoming): boolean {
    const [, key] = /^bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
    return key !== undefined && (options.keys?.includes(key) ?? true)
  }

  function finish(request: Incoming, answer: Answer, stream?: Delivery['stream']): Delivery {
    const origin = request.headers.get('origin')
    const allowed =
      options.cors && origin !== null && (options.cors === '*' || options.cors.includes(origin))
        ? allowing(origin)
        : {}
    const whole = { ...answer, headers: { ...answer.headers, ...allowed } }
    if (request.method === 'HEAD') {
      return { answer: { ...whole, body: '' } }
    }
    return stream ? { answer: whole, stream } : { answer: whole }
  }
}

function allowing(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-headers': 'authorization, content-type, idempotency-key',
    'access-control-allow-methods': 'GET, POST',
    // Otherwise a page cannot read how long it should wait.
    'access-control-expose-headers': 'retry-after',
    vary: 'origin',
  }
}

function note(
  entry: JournalRequest,
  { status, json }: Answer,
  redact: (text: string) => string,
): void {
  entry.status = status
  if (typeof json !== 'object' || json === null) {
    return
  }
  const { code, msg }: { code?: unknown; msg?: unknown } = json
  if (typeof code === 'number') {
    entry.code = code
  }
  if (typeof msg === 'string' && code !== 200) {
    entry.msg = redact(msg)
  }
}

/** Takes the key out of texts that are kept. */
function redactor(authorization: string | null): (text: string) => string {
  const key = authorization?.replace(/^bearer\s+/i, '').trim()
  return key ? (text) => text.replaceAll(key, '[key]') : (text) => text
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
    } else {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    }
  })
}

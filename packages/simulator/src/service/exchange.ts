import { isObject, matchPath } from '../document.ts'
import { jsonAnswer, type Answer } from '../http/answer.ts'
import { connectionError } from '../http/connection.ts'
import type { Incoming } from '../http/incoming.ts'
import type { JournalRequest } from '../state/journal.ts'
import { raceAbort } from '../waiting.ts'
import { applyFault, takesEffect } from './apply-fault.ts'
import { answerExample } from './example.ts'
import { isFilePath, serveFile } from './files.ts'
import { handlers } from './operations.ts'
import { Refusal, type Call, type Service } from './service.ts'

/** From a request to its answer, in process and over HTTP. */
export class Exchange {
  readonly #service: Service

  constructor(service: Service) {
    this.#service = service
  }

  /** @throws the rejection of `fetch`, when no answer is sent */
  async answer(request: Incoming): Promise<Answer> {
    const { stopped } = this.#service
    request.signal.throwIfAborted()
    if (stopped.aborted) {
      throw connectionError('ECONNREFUSED')
    }
    // Not AbortSignal.any: thousands of those add up until they are collected.
    const exchange = raceAbort(stopped, this.#exchange(request))
    const answer = await raceAbort(request.signal, exchange)
    return { ...answer, headers: { ...answer.headers, ...this.#corsHeaders(request) } }
  }

  async #exchange(request: Incoming): Promise<Answer> {
    const service = this.#service
    const { method, headers } = request
    const url = new URL(request.url)
    const redact = createRedactor(headers.get('authorization'))
    const isFile = isFilePath(url.pathname) && method === 'GET'
    const operation = service.document.operations.find(
      (one) => one.method === method && one.paths.some((path) => matchPath(path, url.pathname)),
    )
    const target = isFile ? 'files' : operation?.id
    const idempotencyKey = headers.get('idempotency-key')
    const entry: JournalRequest = {
      at: service.clock.now(),
      method,
      path: redact(url.pathname + url.search),
      ...(target === undefined ? {} : { operation: target }),
      ...(idempotencyKey === null ? {} : { idempotencyKey: redact(idempotencyKey) }),
    }
    service.journal.addRequest(entry)
    const fault = service.faults.take(
      (rule) => target !== undefined && (rule.operation ?? target) === target,
    )
    const handle = async (): Promise<Answer> => {
      if (isFile) {
        return serveFile(service, url)
      }
      return operation
        ? this.#operate({ request, url, operation, entry, redact })
        : this.#refuse(entry)
    }
    let answer: Answer
    if (fault) {
      entry.fault = fault.fault
      const right = takesEffect(fault) ? await handle() : undefined
      const signal = AbortSignal.any([request.signal, service.stopped])
      answer = await applyFault(fault, right, service, signal)
    } else {
      answer = await handle()
    }
    entry.status = answer.status
    if (isObject(answer.json) && typeof answer.json.code === 'number') {
      entry.code = answer.json.code
    }
    return answer
  }

  /** Answers a request that no operation takes. A page's preflight request is one. */
  #refuse({ method, path }: JournalRequest): Answer {
    if (method === 'OPTIONS' && this.#service.options.cors) {
      return { status: 204, headers: {}, body: '' }
    }
    return jsonAnswer({ code: 404, msg: `There is no ${method} ${path}`, data: null }, 404)
  }

  async #operate(call: Call): Promise<Answer> {
    const service = this.#service
    const { operation, request } = call
    const handler = handlers.get(operation.id) ?? answerExample
    try {
      if (!this.#isAuthorized(request)) {
        throw new Refusal(401)
      }
      return await handler(service, call)
    } catch (error) {
      return service.refusalAnswer(operation, error)
    }
  }

  #isAuthorized({ headers }: Incoming): boolean {
    const [, key] = /^bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
    return key !== undefined && (this.#service.options.keys?.includes(key) ?? true)
  }

  #corsHeaders({ headers }: Incoming): Record<string, string> {
    const origin = headers.get('origin')
    if (origin === null || !this.#service.options.cors?.includes(origin)) {
      return {}
    }
    return {
      'access-control-allow-origin': origin,
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      // Pages read how long to wait.
      'access-control-expose-headers': 'retry-after',
      vary: 'origin',
    }
  }
}

/** Replaces the API key in texts that are kept. */
function createRedactor(authorization: string | null): (text: string) => string {
  const key = authorization?.replace(/^bearer\s+/i, '').trim()
  return key ? (text) => text.replaceAll(key, '[key]') : (text) => text
}

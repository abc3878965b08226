import { isObject, type Operation } from '../document.ts'
import { jsonAnswer, type Answer, type Delivery } from '../http/answer.ts'
import type { Incoming } from '../http/incoming.ts'
import { assertDocumented } from '../schemas.ts'
import type { JournalRequest } from '../state/journal.ts'
import { raceAbort } from '../waiting.ts'
import { Connection, connectionError } from './connection.ts'
import { applyFault, takesEffect } from './faults.ts'
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
  async answer(request: Incoming): Promise<Delivery> {
    const { stopped } = this.#service
    request.signal.throwIfAborted()
    if (stopped.aborted) {
      throw connectionError('ECONNREFUSED')
    }
    const connection = new Connection(request.signal, stopped)
    try {
      const exchange = this.#exchange(request, connection)
      const { answer, stream } = await raceAbort(connection.signal, exchange)
      const finished = this.#finish(request, answer)
      if (!stream || request.method === 'HEAD') {
        connection.release()
        return { answer: finished }
      }
      return { answer: finished, stream }
    } catch (error) {
      connection.release()
      throw error
    }
  }

  async #exchange(request: Incoming, connection: Connection): Promise<Delivery> {
    const service = this.#service
    const { method, headers } = request
    const url = new URL(request.url)
    const redact = createRedactor(headers.get('authorization'))
    const isFile = isFilePath(url.pathname) && (method === 'GET' || method === 'HEAD')
    const operations = service.document.operations.filter(({ paths }) =>
      paths.includes(url.pathname),
    )
    const operation = operations.find((one) => one.method === method)
    const target = isFile ? 'files' : operation?.id
    const attemptId = headers.get('idempotency-key')
    const entry: JournalRequest = {
      at: service.clock.now(),
      method,
      path: redact(url.pathname + url.search),
      ...(target === undefined ? {} : { operation: target }),
      ...(attemptId === null ? {} : { attemptId: redact(attemptId) }),
    }
    service.journal.addRequest(entry)
    const fault = service.faults.take(
      (rule) => target !== undefined && (rule.operation ?? target) === target,
    )
    const answer = async (): Promise<Answer> => {
      if (isFile) {
        return serveFile(service, url)
      }
      return operation
        ? this.#operate({ request, url, operation, entry, redact })
        : this.#refuse(request, entry, operations)
    }
    let delivery: Delivery
    if (fault) {
      entry.fault = fault.fault
      const right = takesEffect(fault) ? await answer() : undefined
      delivery = await applyFault(fault, right, service, connection)
    } else {
      delivery = { answer: await answer() }
    }
    noteAnswer(entry, delivery.answer, redact)
    return delivery
  }

  /** Answers a request that no operation takes. */
  #refuse({ method }: Incoming, { path }: JournalRequest, others: readonly Operation[]): Answer {
    if (method === 'OPTIONS' && this.#service.options.cors) {
      return { status: 204, headers: {}, body: '' }
    }
    const methods = others.map((operation) => operation.method).join(' or ')
    return methods === ''
      ? jsonAnswer({ code: 404, msg: `There is nothing at ${path}`, data: null }, 404)
      : jsonAnswer({ code: 405, msg: `Use ${methods}`, data: null }, 405)
  }

  async #operate(call: Call): Promise<Answer> {
    const { operation } = call
    const answer = await this.#handle(call)
    if (this.#service.options.check) {
      const schema = operation.answers.get(answer.status)
      assertDocumented(`The answer of ${operation.id}`, schema, answer.json)
    }
    return answer
  }

  async #handle(call: Call): Promise<Answer> {
    const service = this.#service
    const { operation, request } = call
    const handler = handlers.get(operation.id)
    try {
      if (!this.#isAuthorized(request)) {
        throw new Refusal(401)
      }
      return handler ? await handler(service, call) : jsonAnswer(operation.example)
    } catch (error) {
      return service.refusalAnswer(operation, error)
    }
  }

  #isAuthorized({ headers }: Incoming): boolean {
    const [, key] = /^bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
    return key !== undefined && (this.#service.options.keys?.includes(key) ?? true)
  }

  /** Adds the CORS headers. An answer to HEAD has no body. */
  #finish({ method, headers }: Incoming, answer: Answer): Answer {
    const { cors } = this.#service.options
    const origin = headers.get('origin')
    const isAllowed = cors && origin !== null && (cors === '*' || cors.includes(origin))
    return {
      ...answer,
      headers: { ...answer.headers, ...(isAllowed ? corsHeaders(origin) : {}) },
      ...(method === 'HEAD' ? { body: '' } : {}),
    }
  }
}

function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-headers': 'authorization, content-type, idempotency-key',
    'access-control-allow-methods': 'GET, POST',
    // Pages read how long to wait.
    'access-control-expose-headers': 'retry-after',
    vary: 'origin',
  }
}

/** Adds the answer to the journal. */
function noteAnswer(
  entry: JournalRequest,
  { status, json }: Answer,
  redact: (text: string) => string,
): void {
  entry.status = status
  const { code, msg } = isObject(json) ? json : {}
  if (typeof code === 'number') {
    entry.code = code
  }
  if (typeof msg === 'string' && code !== 200) {
    entry.msg = redact(msg)
  }
}

/** Replaces the API key in texts that are kept. */
function createRedactor(authorization: string | null): (text: string) => string {
  const key = authorization?.replace(/^bearer\s+/i, '').trim()
  return key ? (text) => text.replaceAll(key, '[key]') : (text) => text
}

import type { paths } from '@apikley/types'
import openapiFetch, { type Client } from 'openapi-fetch'
import type { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { operations } from '../generated/operation-table.ts'
import type { Transport } from '../options.ts'
import { findTaskId, type Operation } from './classify.ts'
import { createCall, type Call, type CallOptions } from './call.ts'
import { createFetch, send } from './send-with-retries.ts'
import { ADVICE, createError } from './messages.ts'
import { absolute } from './proxy.ts'
import { LightRequest } from './request.ts'

/** The openapi-fetch client of the compiled document. Only this module knows how it is made. */
export type Api = Client<ApiPaths>

/** The document, in which an answer of 200 is a success, because others are thrown. */
export type ApiPaths = {
  [Path in keyof paths]: {
    [Method in keyof paths[Path]]: Succeeding<paths[Path][Method]>
  }
}

type Succeeding<Call> = Call extends { responses: { 200: JsonAnswer<infer Body> } }
  ? Omit<Call, 'responses'> & {
      responses: Omit<Call['responses'], 200> & {
        200: Omit<Call['responses'][200], 'content'> & JsonAnswer<Extract<Body, { code: 200 }>>
      }
    }
  : Call

interface JsonAnswer<Body> {
  content: { 'application/json': Body }
}

interface OpenapiFetchModule {
  readonly name: string
  readonly default?: typeof openapiFetch
}

/** What a generated operation needs. Every client made by `createApikley` is one. */
export interface OperationClient {
  /** The openapi-fetch client. */
  readonly api: Api
  /** Internal: how requests are sent. It may change in any version. */
  readonly transport: Transport & {
    /** Whether `api.use` was called. */
    readonly hasMiddleware: () => boolean
  }
}

type EnvelopeOf<Data> = { data?: Data } | { code: number }

/**
 * Makes the openapi-fetch client. Its own methods follow the same rules as ours: an unsuccessful
 * response throws an ApikleyError, so `error` is never set, and a charged request is sent once.
 */
export function createApi(transport: Transport): OperationClient {
  // In CommonJS, the default import of openapi-fetch is its module.
  // oxlint-disable-next-line import/no-named-as-default-member -- see above
  const { default: createClient = openapiFetch }: OpenapiFetchModule = openapiFetch
  let hasMiddleware = false
  const api = createClient<ApiPaths>({
    baseUrl: transport.baseUrl,
    async fetch(request: Request) {
      const { url, operation } = locate(transport, request)
      const idempotencyKey = request.headers.get('idempotency-key') ?? undefined
      const call = createCall(transport, operation, { signal: request.signal, idempotencyKey })
      const success = await send(call, request, url)
      return new Response(success.text, success)
    },
  })
  const use: Api['use'] = (...middleware) => {
    hasMiddleware = true
    api.use(...middleware)
  }
  return {
    api: { ...api, use },
    transport: { ...transport, hasMiddleware: () => hasMiddleware },
  }
}

/** The operation of a direct request, by method and path, and the URL it is sent to. */
function locate(
  { baseUrl, uploadUrl }: Transport,
  { method, url }: Request,
): { readonly url: string; readonly operation: Operation } {
  const base = absolute(baseUrl)
  const path = url.startsWith(`${base}/`) ? url.slice(base.length) : ''
  const known = operations[`${method} ${path.replace(/\?.*$/, '')}`]
  return {
    url: known?.server === 'upload' ? `${absolute(uploadUrl)}${path}` : url,
    // A free call returns incomplete data as it is.
    operation: known
      ? { ...known, expects: known.resend === 'safe' ? 'any' : known.expects }
      : unknownOperation(method, url),
  }
}

/** Unknown operations: only GET is assumed to be free. */
function unknownOperation(method: string, url: string): Operation {
  return {
    id: `${method} ${new URL(url).pathname}`,
    server: 'api',
    resend: method === 'GET' ? 'safe' : 'never',
    expects: 'any',
  }
}

/** One call of a generated operation. */
export class OperationCall {
  /** Further options for openapi-fetch. */
  readonly init: { readonly baseUrl: string }
  readonly #call: Call

  constructor(client: OperationClient, operation: Operation, options?: CallOptions) {
    const { transport } = client
    this.#call = createCall(transport, operation, options)
    const isLight = !transport.hasMiddleware()
    const fetch = createFetch(this.#call, isLight)
    const hooks: object = isLight ? { fetch, Request: LightRequest } : { fetch }
    const baseUrl = operation.server === 'upload' ? transport.uploadUrl : transport.baseUrl
    this.init = { baseUrl: absolute(baseUrl), ...hooks }
  }

  /**
   * The `data` of the response. Only middleware can lose it. A charged call then fails with
   * `unconfirmed` and the task id of the response.
   */
  async data<Data>(result: Promise<{ data?: EnvelopeOf<Data> }>): Promise<NonNullable<Data>> {
    let cause: unknown
    try {
      const { data: envelope } = await result
      if (hasData(envelope)) {
        return envelope.data
      }
    } catch (error) {
      if (!this.#call.success || this.#call.idempotencyKey === undefined) {
        throw error
      }
      cause = error
    }
    throw this.#lost(cause)
  }

  #lost(cause: unknown): ApikleyError {
    const { idempotencyKey, operation, transport, success } = this.#call
    const kind = idempotencyKey === undefined ? 'unexpected-response' : 'unconfirmed'
    const taskId = findTaskId(success?.text ?? '', undefined)
    const message = `${operation.id}: middleware has lost the answer. ${ADVICE[kind]}`
    const error = createError({ kind, taskId, idempotencyKey, cause, message })
    if (idempotencyKey !== undefined) {
      emit(transport.onEvent, {
        type: 'unconfirmed',
        operation: operation.id,
        idempotencyKey,
        error,
      })
    }
    return error
  }
}

function hasData<Data>(
  envelope: EnvelopeOf<Data> | undefined,
): envelope is { data: NonNullable<Data> } {
  return envelope !== undefined && 'data' in envelope
}

import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { randomId } from '../runtime.ts'
import { advice } from './advice.ts'
import { describe, readEnvelope } from './answer.ts'
import type { Api } from './api.ts'
import { createAttempts, type Success, type TransportConfig } from './fetch.ts'
import type { CallOptions, Operation } from './operation.ts'
import { LightRequest, lightResponse, type OutgoingRequest } from './request.ts'

/** What a generated operation needs of a client; every client made by `createApikley` is one. */
export interface OperationClient {
  /** The openapi-fetch client. */
  readonly api: Api
  /**
   * How requests are sent. For the generated operations, not for applications; it may change in any
   * version.
   */
  readonly transport: Transport
}

export interface Transport extends TransportConfig {
  /**
   * Middleware may do with requests and answers whatever it likes, so as soon as there is any, it
   * gets the platform's own.
   */
  readonly hasMiddleware: () => boolean
}

/** What an operation hands to openapi-fetch beside its own parameters. */
export interface RequestOptions {
  readonly baseUrl: string
}

/** A success, or an error inside HTTP 200. */
type Envelope<Data> = { data?: Data } | { code: number }

/**
 * Sends one operation and gives the `data` of its envelope. Only middleware can have lost that: an
 * answer without it does not come here. What was charged is then told with its task id, whatever
 * became of the answer.
 */
export async function send<Data>(
  client: OperationClient,
  operation: Operation,
  options: CallOptions | undefined,
  call: (request: RequestOptions) => Promise<{ data?: Envelope<Data> }>,
): Promise<NonNullable<Data>> {
  const charged = operation.resend === 'never'
  const { random, onEvent, key } = client.transport
  const attemptId = charged ? (options?.attemptId ?? randomId(random)) : undefined
  let success: Success | undefined
  let cause: unknown
  try {
    const { data: envelope } = await call(
      requestOptions(client, operation, { ...options, attemptId }, (answer) => (success = answer)),
    )
    if (hasData(envelope)) {
      return envelope.data
    }
  } catch (error) {
    if (!success || !charged) {
      throw error
    }
    cause = error
  }
  const kind = charged ? 'unconfirmed' : 'unexpected-response'
  const { status = 0, text = '' } = success ?? {}
  const { taskId } = describe(
    { status, envelope: readEnvelope(text), retryAfter: undefined },
    key.redact,
  )
  const message = `${operation.id}: middleware has lost the answer. ${advice(kind)}`
  const error = new ApikleyError({ kind, taskId, attemptId, cause, message })
  if (attemptId !== undefined) {
    tell(onEvent, { type: 'unconfirmed', operation: operation.id, attemptId, error })
  }
  throw error
}

const hasData = <Data>(
  envelope: Envelope<Data> | undefined,
): envelope is { data: NonNullable<Data> } => envelope !== undefined && 'data' in envelope

/** Sends one operation whose answer says only that it worked. */
export async function sendForNothing(
  client: OperationClient,
  operation: Operation,
  options: CallOptions | undefined,
  call: (request: RequestOptions) => Promise<unknown>,
): Promise<void> {
  await call(requestOptions(client, operation, options))
}

function requestOptions(
  { transport }: OperationClient,
  operation: Operation,
  options: CallOptions = {},
  onSuccess?: (success: Success) => void,
): RequestOptions {
  options.signal?.throwIfAborted()
  const baseUrl = absolute(operation.server === 'upload' ? transport.uploadUrl : transport.baseUrl)
  // The signal does not go into a Request: that would keep its listener until it is collected.
  const attempts = createAttempts(transport, operation, options)
  const heavy = transport.hasMiddleware()
  const fetch = async (request: OutgoingRequest): Promise<object> => {
    const success = await attempts(request)
    onSuccess?.(success)
    return heavy ? new Response(success.text, success) : lightResponse(success)
  }
  // The types of openapi-fetch ask for more of a Request and a Response than it uses, so they do
  // not see these.
  const through: object = heavy ? { fetch } : { fetch, Request: LightRequest }
  return { baseUrl, ...through }
}

/**
 * A proxy's path becomes an address on the page's own host; a server, which renders the page
 * beforehand, has none.
 */
export function absolute(base: string): string {
  if (!base.startsWith('/')) {
    return base
  }
  if (typeof location === 'object') {
    return `${location.origin}${base}`
  }
  throw new ApikleyError({
    kind: 'configuration',
    message: `proxyUrl ${base} has no host here: on a server, give the client its key or a whole address.`,
  })
}

/** A body as multipart form data; what is undefined is left out. */
export function toFormData(body: Readonly<Record<string, string | Blob | undefined>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) {
    if (value !== undefined) {
      form.append(name, value)
    }
  }
  return form
}

import { ApikleyError } from '../errors.ts'
import { raceAbort, toAborted, toPossible } from '../http/abort.ts'
import { isRecord, type Operation } from '../http/classify.ts'
import { createCall } from '../http/call.ts'
import { send } from '../http/send-with-retries.ts'
import { checkOptions } from '../http/check-options.ts'
import { absolute, foreignServerError } from '../http/proxy.ts'
import { LightRequest } from '../http/request.ts'
import type { Transport } from '../options.ts'
import { unconfirmed, type CreateOnce, type Recovery } from './create-once.ts'

export type CreateKey = (options?: { readonly signal?: AbortSignal | undefined }) => Promise<string>

export interface RecoverOptions {
  readonly signal?: AbortSignal | undefined
  /** When a key of your own was made, in Unix ms; see `tasks.create`. */
  readonly createdAt?: number | undefined
}

export type Recover = (idempotencyKey: string, options?: RecoverOptions) => Promise<Recovery>

const LOST = 'The create was lost. Nothing was charged. Create the task again.'

/** A create in flight ends within some minutes, and a proxy waits 10 s for it. */
const MAX_ROUNDS = 30

export function createCreateKey(transport: Transport, createOnce: CreateOnce): CreateKey {
  return async (options) => {
    const { signal } = checkOptions(options)
    if (!transport.proxied) {
      return raceAbort(createOnce.createKey(), signal).catch((error: unknown) => {
        throw toAborted(error, signal)
      })
    }
    const { key } = await callProxy(transport, signal)
    return String(key)
  }
}

export function createRecover(transport: Transport, createOnce: CreateOnce): Recover {
  return async (key, options) => {
    const { signal, createdAt } = checkOptions(options)
    checkOptions({ idempotencyKey: key ?? null })
    try {
      return await (transport.proxied
        ? recoverThroughProxy(transport, key, signal)
        : createOnce.recover(key, createdAt, signal))
    } catch (error) {
      throw toPossible(error, key, signal)
    }
  }
}

async function recoverThroughProxy(
  transport: Transport,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Recovery> {
  let answer = await callProxy(transport, signal, key)
  // The proxy answers before its deadline, also while the create is in flight.
  for (let round = 1; answer.status === 'pending' && round < MAX_ROUNDS; round++) {
    answer = await callProxy(transport, signal, key)
  }
  const { status, taskId, error } = answer
  if (status === 'created' && typeof taskId === 'string') {
    return { status, taskId }
  }
  if (status === 'void') {
    return { status }
  }
  const cause = ApikleyError.from(Object(error))
  return status === 'refused'
    ? { status, error: cause }
    : { status: 'unconfirmed', error: cause.kind === 'unconfirmed' ? cause : unconfirmed(key) }
}

/** The id of an operation, its method, and the field of its answer. */
const CREATE_KEY = ['create-key', 'POST', 'key'] as const
const RECOVER_KEY = ['recover-key', 'GET', 'status'] as const

/** The `data` of a proxy's answer: a new key, or what became of `key`. */
async function callProxy(
  transport: Transport,
  signal: AbortSignal | undefined,
  key?: string,
): Promise<Readonly<Record<string, unknown>>> {
  const [id, method, field] = key === undefined ? CREATE_KEY : RECOVER_KEY
  const operation: Operation = { id, server: 'api', resend: 'safe', expects: { [field]: 'string' } }
  const url = `${absolute(transport.baseUrl)}/${encodeURIComponent(key ?? '')}`
  const request = new LightRequest(url, { method, headers: new Headers() })
  const { text, ...response } = await send(createCall(transport, operation, { signal }), request)
  const foreign = foreignServerError(transport, response)
  if (foreign) {
    throw foreign
  }
  const { data }: { readonly data?: unknown } = JSON.parse(text)
  return isRecord(data) ? data : {}
}

/**
 * The task of a create through a proxy that failed, and may have been charged: its answer was lost,
 * or a browser has repeated the request, and the answer is about the second copy.
 *
 * @throws {ApikleyError} the reason of the failure
 */
export async function recoverTask(
  recover: Recover,
  key: string,
  error: unknown,
  signal: AbortSignal,
): Promise<string> {
  if (!ApikleyError.is(error) || error.charge !== 'possible' || signal.aborted) {
    throw error
  }
  const { cause } = error
  // A refusal counts if nothing was created.
  const refusal = ApikleyError.is(cause) ? cause : undefined
  const found = await recover(key, { signal }).catch(() => {
    throw new ApikleyError({ ...error.toJSON(), kind: 'unconfirmed', cause })
  })
  switch (found.status) {
    case 'created':
      return found.taskId
    case 'void':
      // The create did not arrive, and cannot arrive any more.
      throw (
        refusal ??
        new ApikleyError({ kind: 'connection', idempotencyKey: key, message: LOST, cause })
      )
    case 'refused':
      throw refusal?.kind === found.error.kind ? refusal : found.error
    case 'unconfirmed':
      throw error.kind === 'unconfirmed' ? error : found.error
  }
}

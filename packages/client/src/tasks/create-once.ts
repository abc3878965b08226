import { ApikleyError, unsent, type ApikleyErrorData } from '../errors.ts'
import { toPossible } from '../http/abort.ts'
import { randomId } from '../runtime.ts'
import { storeFailed } from '../store.ts'
import {
  CreateRecords,
  type CreateRecord,
  type KeyRecord,
  type RecordFields,
  type RecordTransport,
} from './create-records.ts'
import { StoreMarker } from './store-marker.ts'

/** After this many failed swaps in a row, the store returns values that are out of date. */
const MAX_ROUNDS = 9

/** What became of the create with an idempotency key. */
export type Recovery =
  | { readonly status: 'created'; readonly taskId: string }
  /** It was refused. Nothing was charged. */
  | { readonly status: 'refused'; readonly error: ApikleyError }
  /** It was never sent and never will be. Nothing was charged. */
  | { readonly status: 'void' }
  /** It is unknown whether a task was created. Check the account. */
  | { readonly status: 'unconfirmed'; readonly error: ApikleyError }

type KnownOutcome = Exclude<Recovery, { readonly status: 'void' }>

/** The marker proves that no create with the key was sent. */
interface Unused {
  readonly status: 'unused'
  readonly marker: string
}

export interface KeyedCreate {
  readonly key: string
  /** When the key was made, in Unix ms. A key of `createKey` holds it. */
  readonly createdAt: number | undefined
  /** Model and input. Only a digest is stored. */
  readonly input: unknown
}

/** Creates at most one task per idempotency key, in all processes that share a store. */
export class CreateOnce {
  readonly #transport: RecordTransport
  readonly #marker: StoreMarker
  readonly #records: CreateRecords

  constructor(transport: RecordTransport) {
    this.#transport = transport
    this.#marker = new StoreMarker(transport)
    this.#records = new CreateRecords(transport)
  }

  /**
   * Makes a key, and records it. A store that holds no record of it has lost one.
   *
   * @throws {ApikleyError} `connection` or `configuration` if the store fails
   */
  async createKey(): Promise<string> {
    const { clock, random } = this.#transport
    const { id } = await this.#marker.read()
    const key = `${randomId(random)}.${Math.floor(clock.now())}.${id}`
    const record = await this.#records.open(key)
    if (!(await record.write({ state: 'made', marker: id }))) {
      throw storeFailed('it holds a record of a new key')
    }
    return key
  }

  /**
   * Creates a task, or returns the task of an earlier create with the same key.
   *
   * @param send sends the request, and calls `onSend` immediately before
   * @throws {ApikleyError} the error of `send` or of the earlier create; `connection` or
   *   `configuration` if the store fails
   */
  async create(
    { key, createdAt, input }: KeyedCreate,
    signal: AbortSignal,
    send: (onSend: () => Promise<void>) => Promise<string>,
  ): Promise<string> {
    const record = await this.#records.open(key)
    const digest = await this.#records.digestOf([key, input])
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const claiming = this.#claim(record, digest, { key, createdAt }, signal, round)
      const claim = await claiming.catch((error: unknown) => {
        throw toPossible(error, key, signal)
      })
      if (claim?.status === 'created') {
        return claim.taskId
      }
      if (claim && claim.status !== 'unused') {
        throw claim.error
      }
      const taskId = claim && (await this.#send(record, digest, claim.marker, send))
      if (taskId !== undefined) {
        return taskId
      }
    }
    throw unconfirmed(key)
  }

  /** Claims an unused key. Returns nothing if another process was faster. */
  async #claim(
    record: KeyRecord,
    input: string,
    { key, createdAt }: Omit<KeyedCreate, 'input'>,
    signal: AbortSignal,
    round: number,
  ): Promise<KnownOutcome | Unused | undefined> {
    const found = await record.readSettled(signal, round, input)
    if (found?.input !== undefined && found.input !== input) {
      return refuse(key, 'This idempotency key belongs to another input.')
    }
    const outcome = await this.#outcomeOf(key, createdAt, found)
    if (outcome.status === 'void') {
      return refuse(key, 'This idempotency key is void: recover was called before any create.')
    }
    if (outcome.status !== 'unused') {
      return outcome
    }
    const { marker } = outcome
    if (!(await record.write({ state: 'claimed', input, marker }))) {
      return undefined
    }
    const isCurrent = await this.#marker.isCurrent(marker)
    return isCurrent ? outcome : { status: 'unconfirmed', error: unconfirmed(key) }
  }

  /**
   * What became of a key. Waits while the create is in flight. If the key was not used, it is void
   * from now on. A refusal is final from now on.
   *
   * @throws {ApikleyError} `connection` or `configuration` if the store fails
   */
  async recover(key: string, createdAt?: number, signal?: AbortSignal): Promise<Recovery> {
    const record = await this.#records.open(key)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await record.readSettled(signal, round)
      if (found?.state === 'refused' && found.error) {
        const { state, input, error } = found
        if (found.isFinal || (await record.write({ state, input, error, isFinal: true }))) {
          return { status: 'refused', error: ApikleyError.from(error) }
        }
        continue
      }
      const outcome = await this.#outcomeOf(key, createdAt, found)
      if (outcome.status !== 'unused') {
        return outcome
      }
      const { marker } = outcome
      const isVoid = await record.write({ state: 'void', marker })
      if (isVoid && (await this.#marker.isCurrent(marker))) {
        return { status: 'void' }
      }
    }
    return { status: 'unconfirmed', error: unconfirmed(key) }
  }

  /**
   * Records a task as the outcome of its key. Its response may have been lost.
   *
   * @throws {ApikleyError} `connection` or `configuration` if the store fails
   */
  async settle(key: string, taskId: string): Promise<void> {
    const record = await this.#records.open(key)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await record.read()
      const outcome = { state: 'created', input: found?.input, taskId } as const
      if (found?.taskId !== undefined || (await record.write(outcome))) {
        return
      }
    }
  }

  /** Returns nothing if another process has taken over a claim that was too old. */
  async #send(
    record: KeyRecord,
    input: string,
    marker: string,
    send: (onSend: () => Promise<void>) => Promise<string>,
  ): Promise<string | undefined> {
    let isSent = false
    const onSend = async (): Promise<void> => {
      if (!(await record.write({ state: 'sent', input }))) {
        throw isSent ? storeFailed('it has lost the record of this create') : new TakenOver()
      }
      isSent = true
    }
    // If this fails, the record stays `sent`, and nothing sends the create again.
    const save = (outcome: RecordFields): Promise<unknown> => record.write(outcome).catch(() => {})
    try {
      const taskId = await send(onSend)
      await save({ state: 'created', input, taskId })
      return taskId
    } catch (cause) {
      if (cause instanceof TakenOver) {
        return undefined
      }
      const isFree = !isSent || (ApikleyError.is(cause) && cause.charge === 'none')
      const state = isFree ? 'refused' : 'unconfirmed'
      // An abort of the caller refuses nothing: the key stays unused.
      const isRefusal = ApikleyError.is(cause) && !/^(aborted|timeout)$/.test(cause.kind)
      await save({ state, input, marker, error: isRefusal ? withoutTexts(cause) : undefined })
      throw cause
    }
  }

  /** What the record of a key that is not in flight proves. */
  async #outcomeOf(
    key: string,
    createdAt: number | undefined,
    found: CreateRecord | undefined,
  ): Promise<Recovery | Unused> {
    if (found?.taskId !== undefined) {
      return { status: 'created', taskId: found.taskId }
    }
    if (found?.isFinal && found.error) {
      const error = ApikleyError.from({ ...found.error, idempotencyKey: key })
      return { status: 'refused', error }
    }
    const marker = await this.#marker.read()
    const isUnused = found
      ? /^(made|claimed|refused|void)$/.test(found.state) && found.marker === marker.id
      : this.#marker.isNewKey(key, createdAt, marker)
    if (!isUnused) {
      return { status: 'unconfirmed', error: unconfirmed(key, found?.error) }
    }
    return found?.state === 'void' ? { status: 'void' } : { status: 'unused', marker: marker.id }
  }
}

/** Another process owns the create now. */
class TakenOver extends Error {}

/** A refusal of a key that cannot be used. */
function refuse(key: string, why: string): KnownOutcome {
  const error = unsent('invalid-input', `${why} Use a new key.`)
  return { status: 'refused', error: ApikleyError.from({ ...error.toJSON(), idempotencyKey: key }) }
}

/** The service's message may quote the input, which no store should hold. */
function withoutTexts({ kind, charge, code, status, requestId }: ApikleyError): ApikleyErrorData {
  const number = code === undefined ? '' : ` (${code})`
  const cost = charge === 'none' ? ' Nothing was charged.' : ''
  const message = `The create request with this idempotency key failed: ${kind}${number}.${cost}`
  return { kind, charge, code, status, requestId, message }
}

export function unconfirmed(
  idempotencyKey: string,
  { status, code, requestId }: Partial<ApikleyErrorData> = {},
): ApikleyError {
  const message =
    'It is unknown whether this idempotency key has created a task. ' +
    'Check the account at https://app.apikley.ru before you create the task again.'
  const data = { idempotencyKey, status, code, requestId }
  return new ApikleyError({ kind: 'unconfirmed', ...data, message })
}

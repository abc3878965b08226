import { ApikleyError, type ApikleyErrorData } from '../errors.ts'
import { emit } from '../events.ts'
import { toPossible } from '../http/abort.ts'
import { MADE_KEY, UNKEYED } from '../http/call.ts'
import { CHECK_ACCOUNT } from '../http/messages.ts'
import type { Transport } from '../options.ts'
import { randomId } from '../runtime.ts'
import { storeFailed } from '../store.ts'
import {
  withoutTexts,
  type CreateRecord,
  type RecordFields,
  type StoredRecord,
} from './create-record.ts'
import { CLOCK_TOLERANCE_MS, CreateRecords, type RecordTransport } from './create-records.ts'
import { StoreMarker, type Marker } from './store-marker.ts'

/** The store may have dropped the record of an older key. */
const MAX_KEY_AGE_MS = 11 * 3_600_000

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

export interface KeyedCreate {
  readonly key: string
  /** When the key was made, in Unix ms. A key of `createKey` holds it. */
  readonly createdAt: number | undefined
  /** Model and input. Only a digest is stored. */
  readonly input: unknown
}

type CreateOnceTransport = RecordTransport & Pick<Transport, 'onEvent'>

/** Creates at most one task per idempotency key, in all processes that share a store. */
export class CreateOnce {
  readonly #transport: CreateOnceTransport
  readonly #marker: StoreMarker
  readonly #records: CreateRecords
  #isLossReported = false

  constructor(transport: CreateOnceTransport) {
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
    if (
      !(await this.#records.write(await this.#records.keyOf(key), undefined, {
        state: 'made',
        marker: id,
      }))
    ) {
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
    const recordKey = await this.#records.keyOf(key)
    const digest = await this.#records.digestOf([key, input])
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const claim = await this.#claim(recordKey, digest, { key, createdAt }, signal, round).catch(
        (error: unknown) => {
          throw toPossible(error, key, signal)
        },
      )
      if (ApikleyError.is(claim)) {
        throw claim
      }
      if (claim?.taskId !== undefined) {
        return claim.taskId
      }
      const taskId = claim && (await this.#send(recordKey, claim, send))
      if (taskId !== undefined) {
        return taskId
      }
    }
    throw unconfirmed(key)
  }

  /**
   * Claims an unused key, or returns the record of a task that was created, or the error of a key
   * that cannot be used. Returns `undefined` if another process was faster.
   */
  async #claim(
    recordKey: string,
    digest: string,
    { key, createdAt }: Omit<KeyedCreate, 'input'>,
    signal: AbortSignal,
    round: number,
  ): Promise<StoredRecord | ApikleyError | undefined> {
    const found = await this.#records.readSettled(recordKey, signal, round, digest)
    if (found?.input !== undefined && found.input !== digest) {
      return refused(key, 'This idempotency key belongs to another input.')
    }
    if (found?.taskId !== undefined) {
      return found
    }
    if (found?.isFinal && found.error) {
      return ApikleyError.from({ ...found.error, idempotencyKey: key })
    }
    const marker = await this.#markerIfUnused(key, createdAt, found)
    if (marker === undefined) {
      return unconfirmed(key, found?.error)
    }
    if (found?.state === 'void') {
      return refused(key, 'This idempotency key is void, because it was recovered before.')
    }
    const claim = await this.#records.write(recordKey, found, {
      state: 'claimed',
      input: digest,
      marker,
    })
    return claim && !(await this.#marker.isCurrent(marker)) ? unconfirmed(key) : claim
  }

  /**
   * What became of a key. Waits while the create is in flight. If the key was not used, it is void
   * from now on. A refusal is final from now on.
   *
   * @throws {ApikleyError} `connection` or `configuration` if the store fails
   */
  async recover(key: string, createdAt?: number, signal?: AbortSignal): Promise<Recovery> {
    const recordKey = await this.#records.keyOf(key)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await this.#records.readSettled(recordKey, signal, round)
      if (found?.taskId !== undefined) {
        return { status: 'created', taskId: found.taskId }
      }
      if (found?.state === 'refused' && found.error) {
        const { state, input, error } = found
        const end = { state, input, error, isFinal: true }
        if (found.isFinal || (await this.#records.write(recordKey, found, end))) {
          return { status: 'refused', error: ApikleyError.from(error) }
        }
        continue
      }
      const marker = await this.#markerIfUnused(key, createdAt, found)
      if (marker === undefined) {
        return { status: 'unconfirmed', error: unconfirmed(key, found?.error) }
      }
      const isVoid =
        found?.state === 'void' ||
        ((await this.#records.write(recordKey, found, { state: 'void', marker })) &&
          (await this.#marker.isCurrent(marker)))
      if (isVoid) {
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
    const recordKey = await this.#records.keyOf(key)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await this.#records.read(recordKey)
      const outcome = { state: 'created', input: found?.input, taskId } as const
      if (found?.taskId !== undefined || (await this.#records.write(recordKey, found, outcome))) {
        return
      }
    }
  }

  /** Returns `undefined` if another process has taken over a claim that was too old. */
  async #send(
    recordKey: string,
    claim: StoredRecord,
    send: (onSend: () => Promise<void>) => Promise<string>,
  ): Promise<string | undefined> {
    const { input, marker } = claim
    let last = claim
    const onSend = async (): Promise<void> => {
      const sent = await this.#records.write(recordKey, last, { state: 'sent', input })
      if (!sent) {
        throw last === claim
          ? new TakenOver()
          : storeFailed('it has lost the record of this create')
      }
      last = sent
    }
    try {
      const taskId = await send(onSend)
      await this.#save(recordKey, last, { state: 'created', input, taskId })
      return taskId
    } catch (cause) {
      if (cause instanceof TakenOver) {
        return undefined
      }
      const isFree = last === claim || (ApikleyError.is(cause) && cause.charge === 'none')
      const state = isFree ? 'refused' : 'unconfirmed'
      // An abort of the caller refuses nothing: the key stays unused.
      const isRefusal = ApikleyError.is(cause) && !/^(aborted|timeout)$/.test(cause.kind)
      const error = isRefusal ? withoutTexts(cause) : undefined
      await this.#save(recordKey, last, { state, input, error, marker })
      throw cause
    }
  }

  /** Saves an outcome. If this fails, the record stays `sent`, and nothing sends the create again. */
  async #save(recordKey: string, last: StoredRecord, outcome: RecordFields): Promise<void> {
    await this.#records.write(recordKey, last, outcome).catch(() => {})
  }

  /** The id of the marker if it proves that no create with this key was sent. */
  async #markerIfUnused(
    key: string,
    createdAt: number | undefined,
    found: CreateRecord | undefined,
  ): Promise<string | undefined> {
    const marker = await this.#marker.read()
    const isUnused = found
      ? /^(made|claimed|refused|void)$/.test(found.state) && found.marker === marker.id
      : this.#isNew(key, createdAt, marker)
    return isUnused ? marker.id : undefined
  }

  /** Whether the store would hold a record of this key if it had been used. It holds none. */
  #isNew(key: string, createdAt: number | undefined, { id, since }: Marker): boolean {
    const now = this.#transport.clock.now()
    const [, , madeAt, markerId] = MADE_KEY.exec(key) ?? []
    if (madeAt !== undefined) {
      if (now - Number(madeAt) < MAX_KEY_AGE_MS) {
        this.#reportLoss(markerId === id)
      }
      return false
    }
    if (key.startsWith(UNKEYED)) {
      return false
    }
    if (createdAt === undefined) {
      // The key may be of any age. The marker has to be older than all keys in use.
      return now - since > MAX_KEY_AGE_MS
    }
    const age = now - createdAt
    const isRemembered = createdAt >= since + CLOCK_TOLERANCE_MS
    return isRemembered && age < MAX_KEY_AGE_MS && age > -CLOCK_TOLERANCE_MS
  }

  /** @param isOwn whether the key was made with this store */
  #reportLoss(isOwn: boolean): void {
    if (!this.#isLossReported) {
      this.#isLossReported = true
      const why = isOwn
        ? 'it has lost an idempotency key. Switch off its eviction: without the record'
        : 'an idempotency key belongs to another store. Several instances need one shared store: without it'
      const error = storeFailed(`${why}, a request that a browser repeats can create a second task`)
      emit(this.#transport.onEvent, { type: 'store', error })
    }
  }
}

/** Another process owns the create now. */
class TakenOver extends Error {}

function refused(key: string, why: string): ApikleyError {
  const message = `${why} Use a new key. Nothing was sent.`
  return new ApikleyError({ kind: 'invalid-input', idempotencyKey: key, message })
}

export function unconfirmed(key: string, earlier?: ApikleyErrorData): ApikleyError {
  const message = `It is unknown whether this idempotency key has created a task. ${CHECK_ACCOUNT}`
  const { status, code, requestId } = earlier ?? {}
  return new ApikleyError({
    kind: 'unconfirmed',
    idempotencyKey: key,
    status,
    code,
    requestId,
    message,
  })
}

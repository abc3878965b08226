import { ApikleyError, type ApikleyErrorData } from '../errors.ts'
import { emit } from '../events.ts'
import { raceAbort, sleep, toAborted } from '../http/abort.ts'
import { MADE_KEY, UNKEYED } from '../http/fetch.ts'
import { randomId } from '../runtime.ts'
import type { Transport } from '../options.ts'

/** The key of the value that says since when the store has kept all records. */
const MARKER_KEY = 'marker'

/** How long the outcome of a create is kept. */
const RECORD_TTL_MS = 24 * 3_600_000

/**
 * The marker expires before the records that were written after it. A store that was flushed, or
 * that shortens every TTL, loses the marker first. The next marker has another id.
 */
const MARKER_TTL_MS = RECORD_TTL_MS / 2
const MARKER_RENEWAL_MS = MARKER_TTL_MS / 2

/** The store may have dropped the record of an older key. */
const MAX_KEY_AGE_MS = 11 * 3_600_000

/** The clocks of two servers may differ by this much. */
const CLOCK_TOLERANCE_MS = 2000

/** Another process may take over an older claim. It was not sent. */
const MAX_CLAIM_MS = 120_000

/** Delays between reads of a record in flight. Each is twice the one before. */
const FIRST_READ_DELAY_MS = 250
const MAX_READ_DELAY_MS = 2000

/**
 * - `claimed`: a process prepares the request. Nothing was sent.
 * - `sent`: the request may have left. No process takes it over.
 * - `created`, `refused`, `unconfirmed`: the outcome
 * - `void`: the request was not sent, and this record keeps it from being sent
 */
type CreateState = 'claimed' | 'sent' | 'created' | 'refused' | 'unconfirmed' | 'void'

interface CreateRecord {
  readonly state: CreateState
  /** Makes every value unique, because drivers repeat a command after a lost connection. */
  readonly nonce: string
  /** In Unix ms. After it, a record in flight has no outcome: its process has ended. */
  readonly until: number
  /** The id of the marker when the key was unused. If it has changed, the key may be in use. */
  readonly marker?: string | undefined
  /** A digest of model and input. */
  readonly input?: string | undefined
  readonly taskId?: string | undefined
  readonly error?: ApikleyErrorData | undefined
}

type RecordFields = Omit<CreateRecord, 'nonce' | 'until'>

/** A record, and the text that the store holds. */
interface StoredRecord extends CreateRecord {
  readonly text: string
}

/** What became of the create with an idempotency key. */
export type Recovery =
  | { readonly status: 'created'; readonly taskId: string }
  /** It was refused. Nothing was charged. */
  | { readonly status: 'refused'; readonly error: ApikleyError }
  /** It was never sent and never will be. Nothing was charged. */
  | { readonly status: 'void' }
  /** It is unknown whether a task was created. Check the account. */
  | { readonly status: 'unconfirmed'; readonly error: ApikleyError }

interface Marker {
  readonly id: string
  readonly since: number
}

export interface KeyedCreate {
  readonly key: string
  /** When the key was made, in Unix ms. A key of `createKey` holds it. */
  readonly createdAt: number | undefined
  /** Model and input. Only a digest is stored. */
  readonly input: unknown
}

type CreateOnceTransport = Pick<
  Transport,
  'store' | 'clock' | 'random' | 'onEvent' | 'requestTimeout' | 'maxRetryAfter'
>

/** Creates at most one task per idempotency key, in all processes that share a store. */
export class CreateOnce {
  readonly #transport: CreateOnceTransport
  /** An attempt and the pause after it take at most this long. */
  readonly #maxAttemptMs: number
  #isProbed = false
  #isForeignKeyReported = false

  constructor(transport: CreateOnceTransport) {
    this.#transport = transport
    this.#maxAttemptMs = transport.requestTimeout + transport.maxRetryAfter + CLOCK_TOLERANCE_MS
  }

  /**
   * Makes a key that says how old it is, and which store has to know it.
   *
   * @throws {ApikleyError} `configuration` if the store fails
   */
  async createKey(): Promise<string> {
    const { id } = await this.#readMarker()
    return `${randomId(this.#transport.random)}.${Math.floor(this.#transport.clock.now())}.${id}`
  }

  /**
   * Creates a task, or returns the task of an earlier create with the same key.
   *
   * @param send sends the request, and calls `onSend` immediately before
   * @throws {ApikleyError} the error of `send` or of the earlier create; `configuration` if the
   *   store fails
   */
  async create(
    { key, createdAt, input }: KeyedCreate,
    signal: AbortSignal,
    send: (onSend: () => Promise<void>) => Promise<string>,
  ): Promise<string> {
    const recordKey = await this.#recordKeyOf(key)
    const digest = await this.#digestOf([key, input])
    for (;;) {
      const claim = await this.#claim(recordKey, digest, { key, createdAt, input }, signal)
      if (claim?.taskId !== undefined) {
        return claim.taskId
      }
      const taskId = claim && (await this.#send(recordKey, claim, send))
      if (taskId !== undefined) {
        return taskId
      }
    }
  }

  /**
   * Claims an unused key, or returns the record of a task that was created. Returns `undefined` if
   * another process was faster.
   */
  async #claim(
    recordKey: string,
    digest: string,
    { key, createdAt }: KeyedCreate,
    signal: AbortSignal,
  ): Promise<StoredRecord | undefined> {
    try {
      const found = await this.#readSettled(recordKey, signal, digest)
      if (found?.input !== undefined && found.input !== digest) {
        throw refused(key, 'This idempotency key belongs to another input.')
      }
      if (found?.taskId !== undefined) {
        return found
      }
      const marker = await this.#markerIfUnused(key, createdAt, found)
      if (marker === undefined) {
        throw unconfirmed(key, found?.error)
      }
      if (found?.state === 'void') {
        throw refused(key, 'This idempotency key is void, because it was recovered before.')
      }
      const claim = await this.#write(recordKey, found, { state: 'claimed', input: digest, marker })
      if (claim && !(await this.#isCurrent(marker))) {
        throw unconfirmed(key)
      }
      return claim
    } catch (error) {
      throw ofUnknownOutcome(error, key, signal)
    }
  }

  /**
   * What became of a key. Waits while the create is in flight. If the key was not used, it is void
   * from now on.
   *
   * @throws {ApikleyError} `configuration` if the store fails
   */
  async recover(key: string, createdAt?: number, signal?: AbortSignal): Promise<Recovery> {
    const recordKey = await this.#recordKeyOf(key)
    for (;;) {
      const found = await this.#readSettled(recordKey, signal)
      if (found?.taskId !== undefined) {
        return { status: 'created', taskId: found.taskId }
      }
      if (found?.state === 'refused' && found.error) {
        return { status: 'refused', error: ApikleyError.from(found.error) }
      }
      const marker = await this.#markerIfUnused(key, createdAt, found)
      if (marker === undefined) {
        return { status: 'unconfirmed', error: unconfirmed(key, found?.error) }
      }
      const isVoid =
        found?.state === 'void' ||
        ((await this.#write(recordKey, found, { state: 'void', marker })) &&
          (await this.#isCurrent(marker)))
      if (isVoid) {
        return { status: 'void' }
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
      const sent = await this.#write(recordKey, last, { state: 'sent', input })
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
      const error = ApikleyError.is(cause) ? withoutTexts(cause) : undefined
      const isFree = last === claim || error?.charge === 'none'
      const state = isFree ? 'refused' : 'unconfirmed'
      await this.#save(recordKey, last, { state, input, error, marker })
      throw cause
    }
  }

  /** Saves an outcome. If this fails, the record stays `sent`, and nothing sends the create again. */
  async #save(recordKey: string, last: StoredRecord, outcome: RecordFields): Promise<void> {
    await this.#write(recordKey, last, outcome).catch((error: unknown) => this.#report(error))
  }

  /**
   * The record of a key. Waits while its create is in flight.
   *
   * @param digest a record of another input is returned at once
   */
  async #readSettled(
    recordKey: string,
    signal: AbortSignal | undefined,
    digest?: string,
  ): Promise<StoredRecord | undefined> {
    for (let delay = FIRST_READ_DELAY_MS; ; delay = Math.min(delay * 2, MAX_READ_DELAY_MS)) {
      const text = await raceAbort(this.#get(recordKey), signal)
      const record = text === undefined ? undefined : readRecord(text)
      if (!record || (digest && record.input !== digest) || !this.#isInFlight(record)) {
        return record
      }
      await sleep(this.#transport.clock, delay, signal)
    }
  }

  #isInFlight({ state, until }: CreateRecord): boolean {
    return (state === 'claimed' || state === 'sent') && this.#transport.clock.now() < until
  }

  /** Replaces a record. Returns `undefined` if another process was faster. */
  async #write(
    recordKey: string,
    expected: StoredRecord | undefined,
    fields: RecordFields,
  ): Promise<StoredRecord | undefined> {
    const { clock, random } = this.#transport
    const until = clock.now() + (fields.state === 'sent' ? this.#maxAttemptMs : MAX_CLAIM_MS)
    const record = { ...fields, nonce: randomId(random), until }
    const text = toText(record)
    const held = await this.#swap(recordKey, expected?.text, text, RECORD_TTL_MS)
    return held === text ? { ...record, text } : undefined
  }

  /** Whether the store has remembered everything since it had this marker. */
  async #isCurrent(marker: string): Promise<boolean> {
    return (await this.#readMarker()).id === marker
  }

  /** The id of the marker if it proves that no create with this key was sent. */
  async #markerIfUnused(
    key: string,
    createdAt: number | undefined,
    found: CreateRecord | undefined,
  ): Promise<string | undefined> {
    const marker = await this.#readMarker()
    const isUnused = found
      ? /^(claimed|refused|void)$/.test(found.state) && found.marker === marker.id
      : this.#isKnown(key, createdAt, marker)
    return isUnused ? marker.id : undefined
  }

  /** Whether the store would hold a record of this key if it had been used. */
  #isKnown(key: string, createdAt: number | undefined, { id, since }: Marker): boolean {
    if (key.startsWith(UNKEYED)) {
      return false
    }
    const now = this.#transport.clock.now()
    const [, madeAt, markerId] = MADE_KEY.exec(key) ?? []
    if (markerId !== undefined && markerId !== id) {
      this.#reportForeignKey()
      return false
    }
    if (madeAt === undefined && createdAt === undefined) {
      // The key may be of any age. The marker has to be older than all keys in use.
      return now - since > MAX_KEY_AGE_MS
    }
    const age = now - Number(madeAt ?? createdAt)
    const isRemembered = markerId === id || now - age >= since + CLOCK_TOLERANCE_MS
    return isRemembered && age < MAX_KEY_AGE_MS && age > -CLOCK_TOLERANCE_MS
  }

  /** Since when the store remembers, and an id that changes when it forgets. */
  async #readMarker(): Promise<Marker> {
    // Not one promise for all calls: in Workers, each request waits for its own.
    if (!this.#isProbed) {
      await this.#probe()
      this.#isProbed = true
    }
    const now = Math.ceil(this.#transport.clock.now())
    let text = await this.#get(MARKER_KEY)
    if (text === undefined) {
      const made = `${randomId(this.#transport.random)}.${now}.${now}`
      text = (await this.#swap(MARKER_KEY, undefined, made, MARKER_TTL_MS)) ?? ''
    }
    const [id, since, renewedAt] = text.split('.')
    if (!id || !since || !renewedAt) {
      throw storeFailed(`it holds another value for the key "${MARKER_KEY}"`)
    }
    // Not at each start of a process: a store that shortens every TTL has to lose the marker.
    if (now - Number(renewedAt) > MARKER_RENEWAL_MS) {
      await this.#swap(MARKER_KEY, text, `${id}.${since}.${now}`, MARKER_TTL_MS)
    }
    return { id, since: Number(since) }
  }

  /** Finds a store that is wired wrongly before anything depends on it. */
  async #probe(): Promise<void> {
    const key = `probe:${randomId(this.#transport.random)}`
    const [first, second] = [`1.${key}`, `2.${key}`]
    const results = [
      await this.#swap(key, undefined, first, MARKER_TTL_MS),
      await this.#swap(key, undefined, second, MARKER_TTL_MS),
      await this.#swap(key, second, second, MARKER_TTL_MS),
      await this.#get(key),
      await this.#swap(key, first, second, MARKER_TTL_MS),
      await this.#swap(key, second, undefined, MARKER_TTL_MS),
      await this.#get(key),
    ]
    const expected = [first, first, first, first, second, undefined, undefined]
    const rivals = [1, 2, 3, 4].map((each) => `${each}.${key}`)
    const held = await Promise.all(
      rivals.map((rival) => this.#swap(key, undefined, rival, MARKER_TTL_MS)),
    )
    if (new Set(held).size > 1) {
      throw storeFailed('swap is not atomic')
    }
    await this.#swap(key, held[0], undefined, MARKER_TTL_MS)
    const wrong = results.findIndex((result, step) => result !== expected[step])
    if (wrong >= 0) {
      const what = `returned ${String(results[wrong])} where ${String(expected[wrong])} is right`
      throw storeFailed(`step ${wrong + 1} of its check ${what}`)
    }
  }

  async #get(key: string): Promise<string | undefined> {
    return checkText(await this.#transport.store.get(key))
  }

  async #swap(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    ttl: number,
  ): Promise<string | undefined> {
    return checkText(await this.#transport.store.swap(key, expected, value, ttl))
  }

  /** A key of a user is not stored as it is. */
  async #recordKeyOf(key: string): Promise<string> {
    return `create:${await this.#digestOf(key)}`
  }

  #digestOf(value: unknown): Promise<string> {
    const digest = digestOf(value)
    return this.#transport.clock.during?.(digest) ?? digest
  }

  #reportForeignKey(): void {
    if (!this.#isForeignKeyReported) {
      this.#isForeignKeyReported = true
      const why = 'an idempotency key belongs to another store'
      const next = 'Several instances need one shared store: without it, a request that a browser'
      this.#report(storeFailed(`${why}. ${next} repeats can create a second task`))
    }
  }

  #report(error: unknown): void {
    if (ApikleyError.is(error)) {
      emit(this.#transport.onEvent, { type: 'store', error })
    }
  }
}

/** @throws {ApikleyError} `configuration` for another value. Some drivers return null if absent. */
function checkText(value: unknown): string | undefined {
  if (typeof value === 'string' || value === undefined || value === null) {
    return value ?? undefined
  }
  throw storeFailed(`it returned a value of type ${typeof value}`)
}

/** Another process owns the create now. */
class TakenOver extends Error {}

/** The service's message may quote the input, which no store should hold. */
function withoutTexts({ kind, charge, code, status, requestId }: ApikleyError): ApikleyErrorData {
  const number = code === undefined ? '' : ` (${code})`
  const message = `The create with this idempotency key ended as ${kind}${number}.`
  return { kind, charge, code, status, requestId, message }
}

/** The first half of SHA-256 in hexadecimal. Objects are equal in any order of their fields. */
async function digestOf(value: unknown): Promise<string> {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest, 0, 16), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

/** The prefix makes it invalid as JSON, which some drivers parse. */
function toText(record: CreateRecord): string {
  return `=${JSON.stringify(record)}`
}

/** @throws {ApikleyError} `configuration` */
function readRecord(text: string): StoredRecord {
  try {
    return { ...JSON.parse(text.slice(1)), text }
  } catch (cause) {
    throw storeFailed('it returned a text that was not written by this package', cause)
  }
}

function storeFailed(why: string, cause?: unknown): ApikleyError {
  const message = `The store is set up wrongly: ${why}. Nothing was sent.`
  return new ApikleyError({ kind: 'configuration', message, cause })
}

function refused(key: string, why: string): ApikleyError {
  const message = `${why} Use a new key. Nothing was sent.`
  return new ApikleyError({ kind: 'invalid-input', idempotencyKey: key, message })
}

/**
 * The error of a call that does not know the record of its key. It has sent nothing, but an earlier
 * call with the key may have created a task.
 */
function ofUnknownOutcome(error: unknown, key: string, signal: AbortSignal): unknown {
  const data = { idempotencyKey: key, charge: 'possible' } as const
  if (signal.aborted && error === signal.reason) {
    return ApikleyError.is(error) ? unconfirmed(key) : toAborted(error, signal, data)
  }
  const isStore = ApikleyError.is(error) && /^(connection|configuration)$/.test(error.kind)
  return isStore ? new ApikleyError({ ...error.toJSON(), ...data, cause: error.cause }) : error
}

function unconfirmed(key: string, earlier?: ApikleyErrorData): ApikleyError {
  const why = 'It is unknown whether this idempotency key has created a task.'
  const message = `${why} Check the account at https://app.apikley.ru before you create another one.`
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

import type { ApikleyErrorData } from '../errors.ts'
import { raceAbort, sleep } from '../http/abort.ts'
import { MADE_KEY } from '../http/call.ts'
import type { Transport } from '../options.ts'
import { hold } from '../runtime.ts'
import { encode, storeFailed } from '../store.ts'
import { CLOCK_TOLERANCE_MS, MARKER_TTL_MS, RECORD_TTL_MS } from './store-marker.ts'

/** Another process may take over an older claim. It was not sent. */
const MAX_CLAIM_MS = 120_000

/** Delays between reads of a record in flight. Each is twice the one before. */
const FIRST_READ_DELAY_MS = 250
const MAX_READ_DELAY_MS = 2000

const SHARED_READ_MS = 1000

/** What a store holds of one idempotency key. */
export interface CreateRecord extends RecordFields {
  /** In Unix ms. After it, a record in flight has no outcome: its process has ended. */
  readonly until: number
}

export interface RecordFields {
  /**
   * - `made`: `createKey` has made the key, and nothing has used it
   * - `claimed`: a process prepares the request. Nothing was sent.
   * - `sent`: the request may have been sent. No process takes it over.
   * - `created`, `refused`, `unconfirmed`: the outcome
   * - `void`: the request was not sent, and this record keeps it from being sent
   */
  readonly state: 'made' | 'claimed' | 'sent' | 'created' | 'refused' | 'unconfirmed' | 'void'
  /** The id of the marker when the key was unused. If it has changed, the key may be in use. */
  readonly marker?: string | undefined
  /** A digest of model and input. */
  readonly input?: string | undefined
  readonly taskId?: string | undefined
  readonly error?: ApikleyErrorData | undefined
  /** Whether a refusal is reported as the outcome, so that the key creates nothing any more. */
  readonly isFinal?: boolean | undefined
}

export type RecordTransport = Pick<
  Transport,
  'store' | 'clock' | 'random' | 'onEvent' | 'requestTimeout' | 'maxRetryAfter'
>

/** Opens the records of idempotency keys in a store. */
export class CreateRecords {
  readonly transport: RecordTransport
  /** In the order of their times. */
  readonly #reads = new Map<
    string,
    { readonly at: number; readonly text: Promise<string | undefined> }
  >()

  constructor(transport: RecordTransport) {
    this.transport = transport
  }

  /** A key of a user is not stored as it is. The signature of a proxy is not part of a made key. */
  async open(key: string): Promise<KeyRecord> {
    return new KeyRecord(this, `create:${await this.digestOf(MADE_KEY.exec(key)?.[1] ?? key)}`)
  }

  digestOf(value: unknown): Promise<string> {
    return hold(this.transport.clock, digestOf(value))
  }

  /** All repeats of a create share one read a second. A swap with an old value fails. */
  read(recordKey: string): Promise<string | undefined> {
    const { store, clock } = this.transport
    const now = clock.now()
    for (const [key, { at }] of this.#reads) {
      if (now - at < SHARED_READ_MS) {
        break
      }
      this.#reads.delete(key)
    }
    const known = this.#reads.get(recordKey)
    // In Workers, each request waits for its own promise.
    if (known && !('WebSocketPair' in globalThis)) {
      return known.text
    }
    const text = store.get(recordKey)
    this.#reads.set(recordKey, { at: now, text })
    text.catch(() => this.forgetRead(recordKey))
    return text
  }

  forgetRead(recordKey: string): void {
    this.#reads.delete(recordKey)
  }
}

/** The record of one key. A write replaces the value that was last read or written here. */
export class KeyRecord {
  readonly #records: CreateRecords
  readonly #key: string
  #text: string | undefined

  constructor(records: CreateRecords, key: string) {
    this.#records = records
    this.#key = key
  }

  /** @throws {ApikleyError} `configuration` for a value of another program; `connection` */
  async read(): Promise<CreateRecord | undefined> {
    this.#text = await this.#records.read(this.#key)
    try {
      return this.#text === undefined ? undefined : JSON.parse(this.#text.slice(1))
    } catch (cause) {
      throw storeFailed('it returned a text that was not written by this package', cause)
    }
  }

  /**
   * Reads the record. Waits while its create is in flight.
   *
   * @param round how often another process was faster; each time it waits longer
   * @param digest a record of another input is returned at once
   */
  async readSettled(
    signal: AbortSignal | undefined,
    round: number,
    digest?: string,
  ): Promise<CreateRecord | undefined> {
    const { clock } = this.#records.transport
    const pause = (step: number): Promise<void> =>
      sleep(clock, Math.min(FIRST_READ_DELAY_MS * 2 ** step, MAX_READ_DELAY_MS), signal)
    if (round > 0) {
      await pause(round - 1)
    }
    for (let step = 0; ; step++) {
      const record = await raceAbort(this.read(), signal)
      const isOther = digest && record?.input !== undefined && record.input !== digest
      const isInFlight = record?.state === 'claimed' || record?.state === 'sent'
      if (!isInFlight || isOther || !(clock.now() < record.until)) {
        return record
      }
      await pause(step)
    }
  }

  /** Replaces the record. Returns false if another process was faster. */
  async write(fields: RecordFields): Promise<boolean> {
    const { store, clock, random, requestTimeout, maxRetryAfter } = this.#records.transport
    // An attempt and the pause after it take at most this long.
    const maxAttempt = requestTimeout + maxRetryAfter + CLOCK_TOLERANCE_MS
    const until = clock.now() + (fields.state === 'sent' ? maxAttempt : MAX_CLAIM_MS)
    const text = encode({ ...fields, until }, random)
    // The store of a proxy holds a key for each page that was opened, so it forgets them earlier.
    const ttl = fields.state === 'made' ? MARKER_TTL_MS : RECORD_TTL_MS
    const swapping = store.swap(this.#key, this.#text, text, ttl)
    const held = await swapping.finally(() => this.#records.forgetRead(this.#key))
    this.#text = held === text ? text : this.#text
    return held === text
  }
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

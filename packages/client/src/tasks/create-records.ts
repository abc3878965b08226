import { raceAbort, sleep } from '../http/abort.ts'
import { MADE_KEY } from '../http/call.ts'
import type { Transport } from '../options.ts'
import { randomId } from '../runtime.ts'
import {
  digestOf,
  readRecord,
  toStored,
  type CreateRecord,
  type RecordFields,
  type StoredRecord,
} from './create-record.ts'
import { MARKER_TTL_MS, RECORD_TTL_MS } from './store-marker.ts'

/** The clocks of two servers may differ by this much. */
export const CLOCK_TOLERANCE_MS = 2000

/** Another process may take over an older claim. It was not sent. */
const MAX_CLAIM_MS = 120_000

/** Delays between reads of a record in flight. Each is twice the one before. */
const FIRST_READ_DELAY_MS = 250
const MAX_READ_DELAY_MS = 2000

const SHARED_READ_MS = 1000

export type RecordTransport = Pick<
  Transport,
  'store' | 'clock' | 'random' | 'requestTimeout' | 'maxRetryAfter'
>

/** Reads and writes the records of idempotency keys in a store. */
export class CreateRecords {
  readonly #transport: RecordTransport
  /** An attempt and the pause after it take at most this long. */
  readonly #maxAttemptMs: number
  /** Reads of the last second, in this order. */
  readonly #reads = new Map<
    string,
    { readonly at: number; readonly text: Promise<string | undefined> }
  >()

  constructor(transport: RecordTransport) {
    this.#transport = transport
    this.#maxAttemptMs = transport.requestTimeout + transport.maxRetryAfter + CLOCK_TOLERANCE_MS
  }

  /**
   * The record of a key. Waits while its create is in flight.
   *
   * @param round how often another process was faster; each time it waits longer
   * @param digest a record of another input is returned at once
   */
  async readSettled(
    recordKey: string,
    signal: AbortSignal | undefined,
    round: number,
    digest?: string,
  ): Promise<StoredRecord | undefined> {
    const { clock } = this.#transport
    const delayOf = (step: number): number =>
      Math.min(FIRST_READ_DELAY_MS * 2 ** step, MAX_READ_DELAY_MS)
    if (round > 0) {
      await sleep(clock, delayOf(round - 1), signal)
    }
    for (let step = 0; ; step++) {
      const text = await raceAbort(this.#readShared(recordKey), signal)
      const record = text === undefined ? undefined : readRecord(text)
      const isOther = digest && record?.input !== undefined && record.input !== digest
      if (!record || isOther || !this.#isInFlight(record)) {
        return record
      }
      await sleep(clock, delayOf(step), signal)
    }
  }

  async read(recordKey: string): Promise<StoredRecord | undefined> {
    const text = await this.#transport.store.get(recordKey)
    return text === undefined ? undefined : readRecord(text)
  }

  /** All repeats of a create share one read a second. A swap with an old value fails. */
  #readShared(recordKey: string): Promise<string | undefined> {
    const { store, clock } = this.#transport
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
    text.catch(() => this.#reads.delete(recordKey))
    return text
  }

  #isInFlight({ state, until }: CreateRecord): boolean {
    return (state === 'claimed' || state === 'sent') && this.#transport.clock.now() < until
  }

  /** Replaces a record. Returns `undefined` if another process was faster. */
  async write(
    recordKey: string,
    expected: StoredRecord | undefined,
    fields: RecordFields,
  ): Promise<StoredRecord | undefined> {
    const { store, clock, random } = this.#transport
    const until = clock.now() + (fields.state === 'sent' ? this.#maxAttemptMs : MAX_CLAIM_MS)
    const record = toStored({ ...fields, nonce: randomId(random), until })
    // The store of a proxy holds a key for each page that was opened, so it forgets them earlier.
    const ttl = fields.state === 'made' ? MARKER_TTL_MS : RECORD_TTL_MS
    const swapping = store.swap(recordKey, expected?.text, record.text, ttl)
    const held = await swapping.finally(() => this.#reads.delete(recordKey))
    return held === record.text ? record : undefined
  }

  /** A key of a user is not stored as it is. The signature of a proxy is not part of a made key. */
  async keyOf(key: string): Promise<string> {
    return `create:${await this.digestOf(MADE_KEY.exec(key)?.[1] ?? key)}`
  }

  digestOf(value: unknown): Promise<string> {
    const digest = digestOf(value)
    return this.#transport.clock.during?.(digest) ?? digest
  }
}

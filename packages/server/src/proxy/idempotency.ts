import { ApikleyError, type ApikleyErrorData, type Clock } from '@apikley/client'
import { hmacBase64Url } from '../hmac.ts'
import { callWithDeadline } from './deadline.ts'
import { refusal, unconfirmed } from '../errors.ts'

/**
 * A store for the outcomes of creates. A retry gets the stored outcome, and no second task is
 * created. If several instances share the store, such as Redis, this works across all of them. Keys
 * and values are texts without secrets. Values are not JSON, so that no store client parses them.
 */
export interface Attempts {
  /**
   * Stores `value` for `ttl` ms if `key` is absent, and returns nothing. Otherwise returns the
   * stored value. Must be atomic. In Redis 7: `SET key value NX GET PX ttl`. Any other return value
   * is an error, and no task is created.
   */
  add(key: string, value: string, ttl: number): Promise<string | undefined | null>
  /** Replaces the stored value for `ttl` ms. In Redis: `SET key value PX ttl`. */
  set(key: string, value: string, ttl: number): Promise<unknown>
  /**
   * Deletes `key` only if it holds `value`. Store clients retry after a broken connection, and the
   * key may by then hold a newer attempt that was charged. In Redis, a script: `if
   * redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end`.
   */
  delete(key: string, value: string): Promise<unknown>
  /**
   * Set this if the store forgets everything on a restart. A retry that it does not know is then
   * `unconfirmed`. Default: `false`.
   */
  readonly inMemory?: boolean | undefined
}

/**
 * Creates a store in memory, for one instance and for tests. The proxy uses one by default.
 *
 * @param options `capacity`: the number of outcomes. Above it, the oldest are dropped. Default:
 *   10,000, which take about 5 MB.
 * @example
 * createProxyHandler({ models, authorize, attempts: createAttempts({ capacity: 1000 }) })
 */
export function createAttempts({
  capacity = 10_000,
  now = Date.now,
}: { capacity?: number; now?: () => number } = {}): Attempts {
  const entries = new Map<string, { readonly value: string; readonly expiresAt: number }>()
  const attempts: Attempts = {
    async add(key, value, ttl) {
      const entry = entries.get(key)
      if (entry && entry.expiresAt > now()) {
        return entry.value
      }
      await attempts.set(key, value, ttl)
      return undefined
    },
    async set(key, value, ttl) {
      entries.delete(key)
      entries.set(key, { value, expiresAt: now() + ttl })
      // All entries have the same TTL, so the map is ordered by expiry.
      for (const [oldest, { expiresAt }] of entries) {
        if (expiresAt > now() && entries.size <= capacity) {
          break
        }
        entries.delete(oldest)
      }
    },
    delete: async (key, value) => entries.get(key)?.value === value && entries.delete(key),
    inMemory: true,
  }
  return attempts
}

const OUTCOME_TTL_MS = 600_000

/** A retry this close to the TTL may outlive the outcome: requests take time, and clocks differ. */
const EXPIRY_MARGIN_MS = 60_000

/** The clocks of a page and a server differ, so an age may be negative. */
const MAX_CLOCK_SKEW_MS = 30_000

/** Delays between polls of the store for an attempt in flight. Each is twice the one before. */
const FIRST_POLL_DELAY_MS = 250
const MAX_POLL_DELAY_MS = 2_000

/** A response waits this long for the store to save an outcome. */
const STORE_TIMEOUT_MS = 2_000

/** A request to create a task. */
export interface Attempt {
  readonly user: string
  readonly attemptId: string
  /** Model and input as text. */
  readonly input: string
  /**
   * Another instance may have made this attempt, or its record may have expired. If no record is
   * found, fail with `unconfirmed`.
   */
  readonly mayBeExpired: boolean
}

/** The stored record of an attempt. Without an outcome, it is in flight or its instance died. */
interface AttemptRecord {
  readonly input: string
  /** Distinguishes the records of two requests with the same attempt id. */
  readonly nonce?: string
  readonly taskId?: string
  readonly error?: ApikleyErrorData
}

/**
 * Whether the store may no longer hold a record of an attempt.
 *
 * @param age the header `Idempotency-Repeat`: a page that was reloaded sends the age of its first
 *   request, in s. `null` for a first request.
 */
export function mayBeExpired(age: string | null, { inMemory }: Attempts): boolean {
  if (age === null) {
    return false
  }
  const ageMs = /^-?\d+$/.test(age) ? Number(age) * 1000 : Number.NaN
  const isRecent = ageMs > -MAX_CLOCK_SKEW_MS && ageMs < OUTCOME_TTL_MS - EXPIRY_MARGIN_MS
  return inMemory === true || !isRecent
}

/** Creates at most one task per user and attempt id, and remembers the outcome in a store. */
export class IdempotentCreates {
  readonly #store: Attempts
  readonly #clock: Clock
  readonly #report: (error: unknown) => unknown

  /** @param report receives errors of the store after the outcome is known */
  constructor(store: Attempts, clock: Clock, report: (error: unknown) => unknown) {
    this.#store = store
    this.#clock = clock
    this.#report = report
  }

  /**
   * Creates a task, or returns the id of the task that the same attempt created before.
   *
   * @throws {ApikleyError} `unconfirmed`, also for every retry; or a refusal, after which a retry
   *   creates the task
   * @throws {Error} an error of the store. The outcome is then unknown.
   */
  async run(
    { user, attemptId, mayBeExpired, ...attempt }: Attempt,
    signal: AbortSignal,
    create: () => Promise<string>,
  ): Promise<string> {
    // Digests keep the names of users and their input out of the store.
    const key = await hmacBase64Url('attempt', JSON.stringify([user, attemptId]))
    const input = await hmacBase64Url('attempt', attempt.input)
    const claim = serialize({ input, nonce: crypto.randomUUID() })
    const found = await this.#claim(key, claim, input, signal)
    if (!found && mayBeExpired) {
      // Give the claim back: it must not displace the record of a charged attempt.
      await this.#release(key, claim)
      throw unconfirmed(attemptId)
    }
    const record = found ?? (await this.#create(key, claim, input, create))
    if (record.input !== input) {
      throw refusal(422, 'This attempt id belongs to another input. Use a new one.')
    }
    if (record.taskId !== undefined) {
      return record.taskId
    }
    throw record.error ? ApikleyError.from(record.error) : unconfirmed(attemptId)
  }

  /**
   * Returns the record of the attempt once it has an outcome, or at the deadline. Without a record
   * it stores the claim and returns `undefined`: the caller then creates the task.
   */
  async #claim(
    key: string,
    claim: string,
    input: string,
    signal: AbortSignal,
  ): Promise<AttemptRecord | undefined> {
    const add = (): ReturnType<Attempts['add']> => this.#store.add(key, claim, OUTCOME_TTL_MS)
    for (let delay = FIRST_POLL_DELAY_MS; ; delay = Math.min(delay * 2, MAX_POLL_DELAY_MS)) {
      const stored = await callWithDeadline('attempts.add', add, signal)
      // A store client that retries after a broken connection finds its own claim.
      if (stored === undefined || stored === null || stored === claim) {
        return undefined
      }
      const record = parseRecord(stored)
      if (record.taskId !== undefined || record.error || record.input !== input) {
        return record
      }
      const slept = new Promise<void>((resolve) => this.#clock.after(delay, resolve))
      await callWithDeadline('sleep', () => slept, signal).catch(() => {})
      if (signal.aborted) {
        return record
      }
    }
  }

  async #create(
    key: string,
    claim: string,
    input: string,
    create: () => Promise<string>,
  ): Promise<AttemptRecord> {
    let record: AttemptRecord
    try {
      record = { input, taskId: await create() }
    } catch (error) {
      if (!ApikleyError.is(error)) {
        void this.#report(error)
        record = { input }
      } else if (error.kind === 'unconfirmed' || error.kind === 'unexpected-response') {
        record = { input, error: error.toJSON() }
      } else {
        await this.#release(key, claim)
        throw error
      }
    }
    await this.#save('attempts.set', () => this.#store.set(key, serialize(record), OUTCOME_TTL_MS))
    return record
  }

  #release(key: string, claim: string): Promise<void> {
    return this.#save('attempts.delete', () => this.#store.delete(key, claim))
  }

  /** If this fails, a retry finds the attempt in flight and creates no task either. */
  async #save(name: string, call: () => Promise<unknown>): Promise<void> {
    const deadline = new AbortController()
    const cancel = this.#clock.after(STORE_TIMEOUT_MS, () => deadline.abort())
    await callWithDeadline(name, call, deadline.signal).catch(this.#report)
    cancel()
  }
}

/** The prefix makes it invalid as JSON, which the clients of some stores would parse. */
function serialize(record: AttemptRecord): string {
  return `=${JSON.stringify(record)}`
}

function parseRecord(text: unknown): AttemptRecord {
  if (typeof text !== 'string') {
    throw new TypeError(`attempts.add must return a text or nothing, but returned ${typeof text}`)
  }
  return JSON.parse(text.slice(1))
}

import { memoryStore, type Clock, type Store, type TurnLimit } from '@apikley/client'
import type { Claim, Entry, Intent, Usage } from './entry.ts'
import { SharedMap, type Change, type Row } from './shared-map.ts'

/** A value of the client's store, the turns of a limit, or a create. */
interface LedgerRow extends Row {
  readonly value?: string
  /** When each id has its turn, in Unix ms and in this order. */
  readonly turns?: readonly (readonly [id: string, at: number])[]
  readonly entry?: Entry
}

const HOUR_MS = 3_600_000

/** Caps count the tasks of this time. */
const CAP_INTERVAL_MS = 24 * HOUR_MS

/** Entries are kept for this time. */
const ENTRY_TTL_MS = 30 * 24 * HOUR_MS

/** The client accepts an unused key for 11 hours. */
const KEY_TTL_MS = 10 * HOUR_MS

/** Turns are never reserved further ahead. */
const MAX_QUEUE_MS = HOUR_MS

/**
 * The tasks that this machine has created, and the client's store, in one file that all processes
 * of the user share.
 */
export class Ledger implements Store {
  readonly #clock: Pick<Clock, 'now'>
  readonly #map: SharedMap<LedgerRow>
  readonly #messages: Store = memoryStore()

  /** @throws {Error} of the file system */
  constructor(folder: string, clock: Pick<Clock, 'now'> = Date, maxOutdated?: number) {
    this.#clock = clock
    this.#map = new SharedMap(folder, () => clock.now(), maxOutdated)
  }

  /**
   * Counts a task before it is created, or finds the same create.
   *
   * @throws {Error} on a full disk, which could not hold the outcome of the create
   */
  async claim({ intent, key, model, credits, caps, reuse }: Intent): Promise<Claim> {
    if (this.#map.isFull) {
      throw new Error('The disk with the ledger is full. Nothing was sent or charged.')
    }
    return this.#updateDurably((): Change<LedgerRow, Claim> => {
      const at = this.#clock.now()
      const found = this.#find({ intent })
      const isOld = found?.state === 'created' && at - found.at > reuse
      if (found && found.state !== 'free' && !isOld) {
        return { result: { status: 'known', entry: found } }
      }
      const usage = this.#count(at)
      const next = { tasks: usage.tasks + 1, credits: usage.credits + (credits ?? 0) }
      for (const cap of ['tasks', 'credits'] as const) {
        const max = caps[cap] ?? Infinity
        if (next[cap] > max) {
          return { result: { status: 'refused', cap, max, usage } }
        }
      }
      // A process may still use the key of a create that was refused, so the key stays.
      const isKept = found?.state === 'free' && at - found.madeAt < KEY_TTL_MS
      const made = isKept ? { key: found.key, madeAt: found.madeAt } : { key, madeAt: at }
      const entry: Entry = { intent, ...made, at, model, credits, state: 'open', taskId: null }
      return { row: toRow(entry), result: { status: 'new', entry } }
    })
  }

  /**
   * Records the outcome of a create request. Without a task id, nothing was charged.
   *
   * @param isFinal whether the key creates nothing any more
   */
  async settle(key: string, taskId: string | null = null, isFinal = false): Promise<void> {
    await this.#updateDurably(() => {
      const entry = this.#find({ key })
      const isOpen = entry !== undefined && entry.state !== 'created'
      const outcome = { state: taskId === null ? 'free' : 'created', taskId } as const
      const row = isOpen && toRow({ ...entry, ...outcome, ...(isFinal && { madeAt: 0 }) })
      return { row: row || undefined, result: undefined }
    })
  }

  /** Records what a task has cost. */
  async recordCredits(taskId: string, credits: number | undefined): Promise<void> {
    this.#map.update(() => {
      const entry = this.#find({ taskId })
      const isNew = entry !== undefined && credits !== undefined && entry.credits !== credits
      return { row: isNew ? toRow({ ...entry, credits }) : undefined, result: undefined }
    })
  }

  /** The newest create with this digest of its input, key or task id. */
  find(wanted: Partial<Pick<Entry, 'intent' | 'key' | 'taskId'>>): Entry | undefined {
    this.#map.refresh()
    return this.#find(wanted)
  }

  usage(): Usage {
    this.#map.refresh()
    return this.#count(this.#clock.now())
  }

  async get(key: string): Promise<string | undefined> {
    return this.#map.refresh().get(`value:${key}`)?.value
  }

  async swap(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    ttl: number,
  ): Promise<string | undefined> {
    const name = `value:${key}`
    return this.#updateDurably(() => {
      const current = this.#map.get(name)?.value
      if (current !== expected) {
        return { result: current }
      }
      const row =
        value === undefined
          ? { key: name, expiresAt: 0 }
          : { key: name, value, expiresAt: this.#clock.now() + ttl }
      return { row, result: value }
    })
  }

  async reserve(
    key: string,
    id: string,
    { limit, interval, maxDelay }: TurnLimit,
  ): Promise<number | undefined> {
    const name = `turns:${key}`
    return this.#map.update((): Change<LedgerRow, number | undefined> => {
      const now = this.#clock.now()
      const { turns: known = [] } = this.#map.get(name) ?? {}
      // A turn in the far future was made before the clock was set back.
      const turns = known.filter(
        ([other, at]) => other === id || (now - at < interval && at - now <= MAX_QUEUE_MS),
      )
      const own = turns.find(([other]) => other === id)?.[1]
      const before = turns.at(-limit)?.[1] ?? -interval
      const at = own ?? Math.max(now, before + interval)
      if (at - now > maxDelay) {
        return { result: undefined }
      }
      const isNew = own === undefined
      const row = { key: name, turns: [...turns, [id, at] as const], expiresAt: at + interval }
      return { row: isNew ? row : undefined, result: Math.max(0, at - now) }
    })
  }

  async cancel(key: string, id: string): Promise<void> {
    this.#map.update(() => {
      const window = this.#map.get(`turns:${key}`)
      const turns = window?.turns?.filter(([other]) => other !== id)
      return { row: window && turns ? { ...window, turns } : undefined, result: undefined }
    })
  }

  /** Messages reach this process only. */
  publish(channel: string, message: string): Promise<void> {
    return this.#messages.publish(channel, message)
  }

  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    return this.#messages.subscribe(channel, listener)
  }

  close(): void {
    this.#map.close()
  }

  #find({ intent, key, taskId }: Partial<Entry>): Entry | undefined {
    let found: Entry | undefined
    for (const entry of this.#entries()) {
      const isTask = entry.taskId !== null && entry.taskId === taskId
      found = isTask || entry.intent === intent || entry.key === key ? entry : found
    }
    return found
  }

  #count(now: number): Usage {
    const usage = { tasks: 0, credits: 0 }
    for (const { state, at, credits } of this.#entries()) {
      if (state !== 'free' && at > now - CAP_INTERVAL_MS) {
        usage.tasks += 1
        usage.credits += credits ?? 0
      }
    }
    return usage
  }

  *#entries(): Iterable<Entry> {
    for (const { entry } of this.#map.values()) {
      if (entry) {
        yield entry
      }
    }
  }

  async #updateDurably<Result>(compute: () => Change<LedgerRow, Result>): Promise<Result> {
    const result = this.#map.update(compute)
    await this.#map.durable()
    return result
  }
}

function toRow(entry: Entry): LedgerRow {
  return { key: `entry:${entry.key}`, entry, expiresAt: entry.at + ENTRY_TTL_MS }
}

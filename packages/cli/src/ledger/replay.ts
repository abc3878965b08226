import type { Logged, Replay } from './shared-log.ts'
import type { Caps, Entry, Line, LineOf, StoredValue } from './lines.ts'

const HOUR_MS = 3_600_000

/** Caps count the tasks of this time. */
export const CAP_INTERVAL_MS: number = 24 * HOUR_MS

/** Entries are kept for this time. */
const ENTRY_TTL_MS = 30 * 24 * HOUR_MS

/** The client accepts an unused key for 11 hours. */
const KEY_TTL_MS = 10 * HOUR_MS

/** The tasks and credits of the last 24 hours. */
export interface Usage {
  readonly tasks: number
  readonly credits: number
}

export type Claim =
  | { readonly status: 'new' | 'known'; readonly entry: Entry }
  | { readonly status: 'refused'; readonly cap: keyof Caps; readonly usage: Usage }

/** The result of a line. */
export interface Outcome {
  /** The value that a key then holds. */
  readonly value?: string | undefined
  /** The delay of a turn, in ms. */
  readonly delay?: number | undefined
  readonly claim?: Claim
}

interface Window {
  /** When each id has its turn, in Unix ms and in this order. */
  readonly turns: Map<string, number>
  readonly until: number
}

/** The state of the ledger. The lines hold all times, so that each process gets the same state. */
export class LedgerReplay implements Replay<Line, Outcome> {
  readonly #values = new Map<string, StoredValue>()
  readonly #windows = new Map<string, Window>()
  readonly #entries = new Map<string, Entry>()
  readonly #intents = new Map<string, string>()
  #now = 0

  clear(): void {
    for (const map of [this.#values, this.#windows, this.#entries, this.#intents]) {
      map.clear()
    }
    this.#now = 0
  }

  apply(line: Logged<Line>): Outcome {
    this.#now = 'at' in line ? Math.max(this.#now, line.at) : this.#now
    switch (line.op) {
      case 'swap':
        return { value: this.#swap(line) }
      case 'turn':
        return { delay: this.#reserve(line) }
      case 'claim':
        return { claim: this.#claim(line) }
      default:
        this.#set(line)
        return {}
    }
  }

  #set(line: Exclude<Line, LineOf<'swap' | 'turn' | 'claim'>>): void {
    switch (line.op) {
      case 'cancel':
        this.#windows.get(line.key)?.turns.delete(line.turn)
        break
      case 'settle':
        this.#settle(line)
        break
      case 'credits':
        for (const entry of this.#entries.values()) {
          if (entry.taskId === line.taskId) {
            this.#put({ ...entry, credits: line.credits })
          }
        }
        break
      case 'value':
        this.#values.set(line.key, line)
        break
      case 'window':
        this.#windows.set(line.key, { turns: new Map(line.turns), until: line.until })
        break
      case 'entry':
        this.#put(line)
        break
    }
  }

  *snapshot(): Iterable<Line> {
    for (const [key, { value, version, expiresAt }] of this.#values) {
      if (expiresAt > this.#now) {
        yield { op: 'value', key, value, version, expiresAt }
      }
    }
    for (const [key, { turns, until }] of this.#windows) {
      if (until > this.#now) {
        yield { op: 'window', key, turns: [...turns], until }
      }
    }
    for (const entry of this.#entries.values()) {
      if (entry.at + ENTRY_TTL_MS > this.#now) {
        yield { ...entry, op: 'entry' }
      }
    }
  }

  valueOf(key: string, now: number): StoredValue | undefined {
    const found = this.#values.get(key)
    return found && found.expiresAt > now ? found : undefined
  }

  entries(): Iterable<Entry> {
    return this.#entries.values()
  }

  usage(now: number): Usage {
    const counted = [...this.#entries.values()].filter(
      ({ state, at }) => state !== 'free' && at > now - CAP_INTERVAL_MS,
    )
    const credits = counted.reduce((sum, entry) => sum + (entry.credits ?? 0), 0)
    return { tasks: counted.length, credits }
  }

  #swap({ id, key, version, value, ttl, at }: Logged<LineOf<'swap'>>): string | undefined {
    const current = this.valueOf(key, at)
    if ((current?.version ?? null) !== version) {
      return current?.value
    }
    if (value === null) {
      this.#values.delete(key)
      return undefined
    }
    this.#values.set(key, { value, version: id ?? '', expiresAt: at + ttl })
    return value
  }

  #reserve({ key, turn, limit, interval, maxDelay, at: now }: LineOf<'turn'>): number | undefined {
    const turns = this.#windows.get(key)?.turns ?? new Map<string, number>()
    for (const [other, at] of turns) {
      // A turn in the far future was made before the clock was set back.
      if (other !== turn && (now - at >= interval || at - now > MAX_QUEUE_MS)) {
        turns.delete(other)
      }
    }
    const earliest = [...turns.values()][turns.size - limit]
    const at = turns.get(turn) ?? Math.max(now, earliest === undefined ? 0 : earliest + interval)
    if (at - now > (maxDelay ?? Infinity)) {
      return undefined
    }
    this.#windows.set(key, { turns: turns.set(turn, at), until: at + interval })
    return Math.max(0, at - now)
  }

  #claim({ intent, key, model, credits, caps, reuse, at }: LineOf<'claim'>): Claim {
    const found = this.#entries.get(this.#intents.get(intent) ?? '')
    const isOld = found?.state === 'created' && at - found.at > reuse
    if (found && found.state !== 'free' && !isOld) {
      return { status: 'known', entry: found }
    }
    const usage = this.usage(at)
    if (usage.tasks + 1 > (caps.tasks ?? Infinity)) {
      return { status: 'refused', cap: 'tasks', usage }
    }
    if (usage.credits + (credits ?? 0) > (caps.credits ?? Infinity)) {
      return { status: 'refused', cap: 'credits', usage }
    }
    // A process may still use the key of a create that was refused, so the key stays.
    const isKept = found?.state === 'free' && at - found.madeAt < KEY_TTL_MS
    const made = isKept ? { key: found.key, madeAt: found.madeAt } : { key, madeAt: at }
    const entry: Entry = { intent, ...made, at, model, credits, state: 'open', taskId: null }
    this.#put(entry)
    return { status: 'new', entry }
  }

  #settle({ key, state, taskId }: LineOf<'settle'>): void {
    const entry = this.#entries.get(key)
    if (entry && entry.state !== 'created') {
      this.#put({ ...entry, state, taskId })
    }
  }

  #put({ intent, key, madeAt, at, model, credits, state, taskId }: Entry): void {
    this.#entries.set(key, { intent, key, madeAt, at, model, credits, state, taskId })
    this.#intents.set(intent, key)
  }
}

/** Turns are never reserved further ahead. */
const MAX_QUEUE_MS = HOUR_MS

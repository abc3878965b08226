import { memoryStore, type Clock, type Store, type TurnLimit } from '@apikley/client'
import type { Entry, Intent, Line } from './lines.ts'
import { LedgerReplay, type Claim, type Outcome, type Usage } from './replay.ts'
import { SharedLog } from './shared-log.ts'

/**
 * The tasks that this machine has created, and the client's store, in one file that all processes
 * of the user share.
 */
export class Ledger implements Store {
  readonly #clock: Pick<Clock, 'now'>
  readonly #replay = new LedgerReplay()
  readonly #log: SharedLog<Line, Outcome>
  readonly #messages: Store = memoryStore()

  /** @throws {Error} of the file system */
  constructor(folder: string, clock: Pick<Clock, 'now'> = Date, maxBytes?: number) {
    this.#clock = clock
    this.#log = new SharedLog(folder, this.#replay, maxBytes)
  }

  /**
   * Counts a task before it is created, or finds the same create.
   *
   * @throws {Error} on a full disk, which could not hold the outcome of the create
   */
  async claim(intent: Intent): Promise<Claim> {
    if (this.#log.isFull) {
      throw new Error('The disk with the ledger is full. Nothing was sent or charged.')
    }
    const { claim } = await this.#appendDurably({ ...intent, op: 'claim', at: this.#now() })
    if (!claim) {
      throw new Error('A claim has no result.')
    }
    return claim
  }

  /** Records what became of a create. Without a task id, nothing was charged. */
  async settle(key: string, taskId?: string): Promise<void> {
    const state = taskId === undefined ? 'free' : 'created'
    await this.#appendDurably({ op: 'settle', key, state, taskId: taskId ?? null, at: this.#now() })
  }

  /** Records what a task has cost. */
  async recordCredits(taskId: string, credits: number | undefined): Promise<void> {
    if (credits !== undefined && this.find({ taskId })) {
      this.#log.append({ op: 'credits', taskId, credits })
    }
  }

  find(wanted: Partial<Pick<Entry, 'intent' | 'key' | 'taskId'>>): Entry | undefined {
    this.#log.update()
    return Array.from(this.#replay.entries())
      .reverse()
      .find(
        ({ intent, key, taskId }) =>
          intent === wanted.intent ||
          key === wanted.key ||
          (taskId !== null && taskId === wanted.taskId),
      )
  }

  usage(): Usage {
    this.#log.update()
    return this.#replay.usage(this.#now())
  }

  async get(key: string): Promise<string | undefined> {
    this.#log.update()
    return this.#replay.valueOf(key, this.#now())?.value
  }

  async swap(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    ttl: number,
  ): Promise<string | undefined> {
    this.#log.update()
    const at = this.#now()
    const current = this.#replay.valueOf(key, at)
    if (current?.value !== expected) {
      return current?.value
    }
    const version = current?.version ?? null
    const line = { op: 'swap', key, version, value: value ?? null, ttl, at } as const
    const { value: held } = await this.#appendDurably(line)
    return held
  }

  async reserve(
    key: string,
    turn: string,
    { limit, interval, maxDelay }: TurnLimit,
  ): Promise<number | undefined> {
    const rate = { limit, interval, maxDelay: maxDelay === Infinity ? null : maxDelay }
    return this.#log.append({ op: 'turn', key, turn, ...rate, at: this.#now() }).delay
  }

  async cancel(key: string, turn: string): Promise<void> {
    this.#log.append({ op: 'cancel', key, turn })
  }

  /** Messages reach this process only. */
  publish(channel: string, message: string): Promise<void> {
    return this.#messages.publish(channel, message)
  }

  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    return this.#messages.subscribe(channel, listener)
  }

  close(): void {
    this.#log.close()
  }

  async #appendDurably(line: Line): Promise<Outcome> {
    const outcome = this.#log.append(line)
    await this.#log.durable()
    return outcome
  }

  #now(): number {
    return this.#clock.now()
  }
}

import type { Fault } from '../scenario.ts'

/** The number of requests, tasks and callbacks that are remembered. */
export const HISTORY_LIMIT = 10_000

/**
 * The requests, tasks and callbacks of a simulator. It holds no API key. A list holds the latest
 * entries, at most 10,000. The counts are complete.
 */
export interface Journal {
  readonly requests: readonly JournalRequest[]
  /** Every task that was accepted and charged, even if its answer was lost. */
  readonly tasks: readonly AcceptedTask[]
  readonly callbacks: readonly DeliveredCallback[]
  /** The number of accepted tasks since the start. */
  readonly charged: number
  /** The number of requests since the start. */
  readonly received: number
}

export interface JournalRequest {
  /** In Unix ms. */
  readonly at: number
  readonly method: string
  /** With the query. */
  readonly path: string
  /** The operation's id, or `files`. Missing for an unknown path. */
  operation?: string
  /**
   * The `Idempotency-Key` header, in which the client sends its idempotency key. The service ignores it.
   */
  readonly idempotencyKey?: string
  /** The JSON body, if the request had one. */
  body?: unknown
  taskId?: string
  fault?: Fault['fault']
  /** The status of the answer. Missing when no answer was sent. */
  status?: number
  /** The code in the body of the answer. */
  code?: number
}

export interface AcceptedTask {
  readonly at: number
  readonly taskId: string
  readonly model: string
  readonly idempotencyKey: string | undefined
}

export interface DeliveredCallback {
  readonly at: number
  readonly taskId: string
  readonly url: string
  /** The number of the attempt, from 1. */
  readonly attempt: number
  /** The status of the receiver's answer. */
  readonly status?: number
  /** Why the callback was not delivered. */
  readonly error?: string
}

/** The journal that the service writes. */
export class JournalWriter implements Journal {
  readonly requests: JournalRequest[] = []
  readonly tasks: AcceptedTask[] = []
  readonly callbacks: DeliveredCallback[] = []
  charged = 0
  received = 0

  addRequest(entry: JournalRequest): void {
    this.received++
    this.#append(this.requests, entry)
  }

  addTask(entry: AcceptedTask): void {
    this.charged++
    this.#append(this.tasks, entry)
  }

  addCallback(entry: DeliveredCallback): void {
    this.#append(this.callbacks, entry)
  }

  clear(): void {
    for (const list of [this.requests, this.tasks, this.callbacks]) {
      list.length = 0
    }
    this.charged = 0
    this.received = 0
  }

  #append<Entry>(list: Entry[], entry: Entry): void {
    list.push(entry)
    // In batches, because each removal moves the whole list.
    if (list.length > HISTORY_LIMIT * 1.1) {
      list.splice(0, list.length - HISTORY_LIMIT)
    }
  }
}

import type { Fault } from './faults/fault.ts'

/**
 * What the simulator has seen, without any key. Lists hold the latest entries, as many as `history`
 * allows; counts are complete.
 */
export interface Journal {
  readonly requests: readonly JournalRequest[]
  /** Every task that was accepted, and so charged: also where the answer was lost. */
  readonly tasks: readonly AcceptedTask[]
  readonly callbacks: readonly DeliveredCallback[]
  /** How many tasks were accepted since the start. */
  readonly bought: number
  /** How many requests came since the start. */
  readonly received: number
}

export interface JournalRequest {
  /** In Unix ms. */
  readonly at: number
  readonly method: string
  /** With the query. */
  readonly path: string
  /** The operation's id, `files`, or nothing for an unknown path. */
  operation?: string
  /**
   * The `Idempotency-Key` header, which the client fills with its attempt id. The service knows no
   * such thing.
   */
  readonly attemptId?: string
  /** The JSON body, when there was one. */
  body?: unknown
  taskId?: string
  fault?: Fault['fault']
  /** What was answered; nothing when no answer was sent. */
  status?: number
  code?: number
  msg?: string
}

export interface AcceptedTask {
  readonly at: number
  readonly taskId: string
  readonly model: string
  readonly attemptId?: string
}

export interface DeliveredCallback {
  readonly at: number
  readonly taskId: string
  readonly url: string
  /** 1 for the first try. */
  readonly attempt: number
  /** What the receiver answered. */
  readonly status?: number
  /** Why nothing was delivered. */
  readonly error?: string
}

/** The side that writes. */
export interface JournalKeeper {
  readonly journal: Journal
  request(entry: JournalRequest): void
  task(entry: AcceptedTask): void
  callback(entry: DeliveredCallback): void
  clear(): void
}

export function createJournal(history: number): JournalKeeper {
  const requests: JournalRequest[] = []
  const tasks: AcceptedTask[] = []
  const callbacks: DeliveredCallback[] = []
  let bought = 0
  let received = 0
  const keep = <Entry>(list: Entry[], entry: Entry): void => {
    list.push(entry)
    // In steps, because each one moves the whole list.
    if (list.length > history * 1.1) {
      list.splice(0, list.length - history)
    }
  }
  const journal: Journal = {
    requests,
    tasks,
    callbacks,
    get bought() {
      return bought
    },
    get received() {
      return received
    },
  }
  return {
    journal,
    request(entry) {
      received++
      keep(requests, entry)
    },
    task(entry) {
      bought++
      keep(tasks, entry)
    },
    callback: (entry) => keep(callbacks, entry),
    clear() {
      for (const list of [requests, tasks, callbacks]) {
        list.length = 0
      }
      bought = 0
      received = 0
    },
  }
}

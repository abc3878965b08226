import { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { getTaskDetails } from '../generated/operations.ts'
import type { OperationClient } from '../http/api.ts'
import { checkTaskId } from '../http/check-options.ts'
import { createError } from '../http/messages.ts'
import type { Transport } from '../options.ts'
import { exists, KnownTask, type Subscriber } from './known-task.ts'
import { countFailure, isNew } from './poll-failure.ts'
import { nextPoll } from './schedule.ts'
import type { SharedTask, SharedTasks } from './shared-tasks.ts'
import { SteadyTimer } from './steady-timer.ts'
import { explain } from './task-errors.ts'
import { hasEnded, readRecord, type Task } from './task.ts'

/** The longest time for which one refusal delays all polls. */
const MAX_PAUSE_MS = 60_000

/** After a lost callback, this many have to arrive before they are relied on again. */
const CALLBACKS_TO_TRUST = 3

/** Tasks without a wait that are remembered, so that a finished one is not read again. */
const MAX_IDLE_TASKS = 1000

/**
 * Polls all tasks that a client waits for, with one timer and within the limit for reads. All waits
 * for a task share its polls. The task that is overdue for longest is polled first.
 */
export class Poller {
  /** Sends each request once and at once. The poller itself keeps the limit, and retries. */
  readonly #client: OperationClient
  readonly #transport: Transport
  readonly #timer: SteadyTimer
  /** The tasks with subscribers, and the others by last use. */
  readonly #active = new Map<string, KnownTask>()
  readonly #idle = new Map<string, KnownTask>()
  /** Callbacks that have to arrive before they are relied on. */
  #missingCallbacks = 0
  /** Until when a refusal delays all polls. */
  #pausedUntil = 0
  /** The request for a turn of the limiter. */
  #turn: AbortController | undefined
  #isCheckPlanned = false
  readonly #shared: SharedTasks

  constructor({ api, transport }: OperationClient, shared: SharedTasks) {
    const reads = { acquire: async (): Promise<void> => {} }
    this.#client = { api, transport: { ...transport, reads, maxRetries: 0 } }
    this.#transport = transport
    this.#timer = new SteadyTimer(transport.clock)
    this.#shared = shared
  }

  /** Registers a task that this client has created. A repeated create can return a known task. */
  addCreated(taskId: string, model: string, callback: boolean): void {
    if (!this.#lookUp(taskId)) {
      const known = new KnownTask(taskId, this.#timer.now())
      known.model = model
      known.callback = callback
      const { firstDelay } = this.#transport
      known.due = firstDelay === undefined ? this.#nextDue(known) : known.since + firstDelay
      this.#store(known)
      void this.#shared.created(taskId, model, callback)
      void this.#shared.readHistory(model)
    }
  }

  /** Takes over a finished task that was read elsewhere. */
  addRead(task: Task, isShared = false): void {
    const known = this.#find(task.taskId)
    if (hasEnded(task) && known.due < Infinity) {
      this.#store(known)
      this.#update(known, task, isShared)
    }
  }

  /**
   * Takes over a finished task from a callback. With an id alone, the task is polled next.
   *
   * @param isShared whether another process has sent it to all
   */
  notify(task: Task | string, isShared = false): void {
    const known = this.#find(checkTaskId(Object(task).taskId ?? task))
    if (typeof task === 'string') {
      const earliest = known.task ? known.readAt + this.#transport.minInterval : 0
      const isRunning = known.due < Infinity
      known.due = isRunning ? Math.min(known.due, Math.max(this.#timer.now(), earliest)) : known.due
      return this.#plan()
    }
    if (known.callback && hasEnded(task)) {
      known.callback = false
      this.#missingCallbacks = Math.max(0, this.#missingCallbacks - 1)
    }
    this.addRead(task, isShared)
  }

  /** Takes over what another process knows of a task. */
  #takeOver(known: KnownTask, shared: SharedTask): void {
    if ('task' in shared) {
      this.notify(shared.task, true)
    } else if ('ended' in shared) {
      this.notify(known.taskId)
    } else if (!exists(known)) {
      known.model = shared.model
      known.callback = shared.callback
      known.since = this.#timer.now() - shared.age
      known.due = this.#nextDue(known)
      void this.#shared.readHistory(shared.model)
    }
  }

  /** Reads what other processes know of a task before it is polled. */
  async #readShared(known: KnownTask): Promise<void> {
    if (!this.#shared.isShared || known.polling || known.due === Infinity) {
      return
    }
    const reading = new AbortController()
    known.polling = reading
    const shared = await this.#shared.read(known.taskId)
    if (known.polling === reading) {
      known.polling = undefined
      if (shared) {
        this.#takeOver(known, shared)
      }
      this.#plan()
    }
  }

  /**
   * Notifies a subscriber of each new state of a task.
   *
   * @returns a function that ends this, and leaves no timer and no request
   */
  subscribe(taskId: string, subscriber: Subscriber): () => void {
    const known = this.#find(taskId)
    const now = this.#timer.now()
    if (known.subscribers.size === 0) {
      known.failures = 0
      known.since = exists(known) ? known.since : now
    }
    // A known result is delivered even when no time is left.
    const timeout = known.due < Infinity ? (subscriber.timeout ?? Infinity) : Infinity
    known.subscribers.set(subscriber, now + timeout)
    known.due = Math.min(known.due, this.#lastPollAt(known))
    this.#store(known)
    if (known.subscribers.size === 1) {
      void this.#readShared(known)
    }
    // Asynchronously, so that the caller has the returned function. A due poll comes first.
    if (known.due > now) {
      queueMicrotask(() => this.#deliver(known, subscriber))
    }
    this.#plan()
    return () => this.#leave(known, subscriber)
  }

  #lookUp(taskId: string): KnownTask | undefined {
    return this.#active.get(taskId) ?? this.#idle.get(taskId)
  }

  #find(taskId: string): KnownTask {
    return this.#lookUp(taskId) ?? new KnownTask(taskId, this.#timer.now())
  }

  /** Puts a task into its map after its subscribers have changed. */
  #store(known: KnownTask): void {
    this.#active.delete(known.taskId)
    this.#idle.delete(known.taskId)
    const tasks = known.subscribers.size > 0 ? this.#active : this.#idle
    tasks.set(known.taskId, known)
    this.#shared.listen(this.#active.size > 0, (taskId, shared) => {
      const awaited = this.#lookUp(taskId)
      if (awaited) {
        this.#takeOver(awaited, shared)
      }
    })
    if (this.#idle.size > MAX_IDLE_TASKS) {
      const [oldest = ''] = this.#idle.keys()
      this.#idle.delete(oldest)
    }
  }

  /** When a running task is polled next, unless a poll fails. */
  #nextDue(known: KnownTask): number {
    const { minInterval, random } = this.#transport
    const now = this.#timer.now()
    const history = this.#shared.history[known.model ?? '']
    const callback = known.callback && this.#missingCallbacks === 0
    const delay = nextPoll(history, now - known.since, { minInterval, random, callback })
    return Math.min(now + delay, this.#lastPollAt(known))
  }

  /** A callback may be lost, so its task is polled once more before a wait times out. */
  #lastPollAt({ callback, subscribers }: KnownTask): number {
    const times = [...subscribers.values()].map((until) => until - this.#transport.minInterval)
    return Math.min(...times.filter((at) => callback && at > this.#timer.now()))
  }

  /** Checks all tasks once, after everything else in this turn of the event loop. */
  #plan(): void {
    if (!this.#isCheckPlanned) {
      queueMicrotask(() => this.#check())
    }
    this.#isCheckPlanned = true
  }

  /** Ends waits that time out, requests a turn if a poll is due, and sets the timer. */
  #check(): void {
    this.#isCheckPlanned = false
    const now = this.#timer.now()
    let wakeAt = Infinity
    for (const known of this.#active.values()) {
      for (const [subscriber, until] of known.subscribers) {
        if (until > now) {
          wakeAt = Math.min(wakeAt, until)
        } else {
          this.#leave(known, subscriber)
          subscriber.onTimeout?.(known.failure, known.task)
        }
      }
    }
    const dueAt = this.#dueAt(this.#firstDue())
    if (dueAt > now) {
      wakeAt = Math.min(wakeAt, dueAt)
      this.#turn?.abort()
      this.#turn = undefined
    } else if (!this.#turn) {
      this.#turn = new AbortController()
      void this.#useTurn(this.#turn)
    }
    this.#timer.set(wakeAt, () => this.#check())
  }

  #firstDue(): KnownTask | undefined {
    let first: KnownTask | undefined
    for (const known of this.#active.values()) {
      first = this.#dueAt(known) < this.#dueAt(first) ? known : first
    }
    return first
  }

  #dueAt(known: KnownTask | undefined): number {
    return known && !known.polling ? Math.max(known.due, this.#pausedUntil) : Infinity
  }

  /** Waits for a turn of the limiter. Only then it is decided which task is polled. */
  async #useTurn(turn: AbortController): Promise<void> {
    const { reads, onEvent } = this.#transport
    const onThrottle = (delay: number, queued: number): void =>
      emit(onEvent, { type: 'throttle', operation: 'get-task-details', delay, queued })
    const acquired = reads.acquire(turn.signal, onThrottle)
    await acquired.catch(() => {})
    if (this.#turn !== turn) {
      return
    }
    this.#turn = undefined
    const known = this.#firstDue()
    if (known && this.#dueAt(known) <= this.#timer.now()) {
      void this.#poll(known, acquired)
    }
    this.#plan()
  }

  /** @param acquired rejects with the error of the store */
  async #poll(known: KnownTask, acquired: Promise<void>): Promise<void> {
    const { taskId } = known
    const { key, onEvent } = this.#transport
    const lateness = Math.round(this.#timer.now() - this.#dueAt(known))
    const polling = new AbortController()
    known.polling = polling
    let task: Task | undefined
    let failure: unknown
    try {
      await acquired
      const details = await getTaskDetails(this.#client, { taskId }, { signal: polling.signal })
      task = readRecord(taskId, details, key.redact)
      emit(onEvent, { type: 'task', taskId, state: task.state, lateness })
    } catch (error) {
      failure = explain(error, taskId)
    }
    // Otherwise nobody waits for the task any more.
    if (known.polling === polling) {
      known.polling = undefined
      if (task) {
        this.#noticeLostCallback(known, task)
        this.#update(known, task)
      } else {
        this.#fail(known, failure)
      }
      this.#plan()
    }
  }

  /** After a lost callback, tasks with a callback are polled by the normal schedule. */
  #noticeLostCallback({ callback }: KnownTask, task: Task): void {
    if (callback && hasEnded(task)) {
      this.#missingCallbacks = CALLBACKS_TO_TRUST
      for (const known of this.#active.values()) {
        known.due = known.callback ? Math.min(known.due, this.#nextDue(known)) : known.due
      }
    }
  }

  #update(known: KnownTask, task: Task, isShared = false): void {
    if (task.state === 'success') {
      this.#learnDuration(known, task, isShared)
    }
    if (hasEnded(task) && !isShared) {
      void this.#shared.ended(task)
    }
    known.task = task
    known.readAt = this.#timer.now()
    known.failures = 0
    known.failure = undefined
    this.#report(known)
    known.due = hasEnded(task) ? Infinity : this.#nextDue(known)
    for (const subscriber of known.subscribers.keys()) {
      this.#deliver(known, subscriber)
    }
  }

  /** By the service's clock; without that, halfway between the last two polls. */
  #learnDuration(known: KnownTask, task: Task, isShared: boolean): void {
    const { model = task.model, readAt, since } = known
    const { createTime, completeTime } = task
    const polled = known.model === undefined ? Number.NaN : (readAt + this.#timer.now()) / 2 - since
    const duration = createTime && completeTime ? completeTime - createTime : polled
    this.#shared.learn(model, duration, isShared)
  }

  #deliver(known: KnownTask, subscriber: Subscriber): void {
    const { task, subscribers } = known
    if (!task || !subscribers.has(subscriber)) {
      return
    }
    if (hasEnded(task)) {
      this.#leave(known, subscriber)
    }
    if (subscriber.state !== task.state) {
      subscriber.state = task.state
      subscriber.onTask(task)
    }
  }

  #report({ subscribers }: KnownTask, error?: ApikleyError): void {
    for (const subscriber of subscribers.keys()) {
      subscriber.onPoll?.(error)
    }
  }

  #fail(known: KnownTask, error: unknown): void {
    if (ApikleyError.is(error) && this.#retry(known, error)) {
      // A new task that is not visible yet has not failed.
      return this.#report(known, error.kind === 'not-found' ? undefined : error)
    }
    const isDenied = ApikleyError.is(error) && error.charge === 'none' && exists(known)
    const failure = isDenied
      ? createError({ ...error.toJSON(), charge: 'charged', cause: error.cause })
      : error
    for (const subscriber of known.subscribers.keys()) {
      this.#leave(known, subscriber)
      subscriber.onError(failure)
    }
  }

  /** Plans the next poll after a failure. Returns false if the failure is final. */
  #retry(known: KnownTask, error: ApikleyError): boolean {
    const { minInterval, random, onEvent } = this.#transport
    const { kind } = error
    const now = this.#timer.now()
    if (kind === 'not-found' && isNew(known, now)) {
      known.failure = error
      known.due = this.#nextDue(known)
      return true
    }
    const pause = countFailure(known, error, now, random)
    if (pause === undefined) {
      return false
    }
    const delay = Math.max(minInterval, pause)
    known.due = now + delay
    // The limit of the account holds for all tasks.
    if (kind === 'rate-limited' || kind === 'maintenance') {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(delay, MAX_PAUSE_MS))
    }
    const attempt = known.failures + 1
    emit(onEvent, { type: 'retry', operation: 'get-task-details', attempt, delay, error })
    return true
  }

  #leave(known: KnownTask, subscriber: Subscriber): void {
    if (known.subscribers.delete(subscriber) && known.subscribers.size === 0) {
      known.polling?.abort()
      known.polling = undefined
      this.#store(known)
      this.#plan()
    }
  }
}

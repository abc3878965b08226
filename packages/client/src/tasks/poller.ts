import { ApikleyError, type ApikleyErrorKind } from '../errors.ts'
import { emit } from '../events.ts'
import { backoff } from '../http/backoff.ts'
import { limiterFailed } from '../http/messages.ts'
import type { Transport } from '../options.ts'
import type { GetTask } from './get.ts'
import { learn, nextPoll, type DurationHistory, type PollingHistory } from './schedule.ts'
import { hasEnded, type Task } from './task.ts'

/** A wait or a watch for one task. */
export interface Subscriber {
  /** The last state that the subscriber knows. It receives other states only. */
  state?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** In ms from now. Default: none. */
  readonly timeout?: number | undefined
  /** Makes the error of a timeout from the error of the last poll, if that failed. */
  readonly onTimeout?: (failure: ApikleyError | undefined) => unknown
  readonly onTask: (task: Task) => void
  /** Called once, as the last call. */
  readonly onError: (error: unknown) => void
}

/** What a client knows of a task. Times are in ms, by the client's clock. */
class KnownTask {
  readonly taskId: string
  /** Set for tasks that this client created. */
  model: string | undefined
  /** Whether a callback is expected to report the end. */
  callback = false
  /** When it was created or, if that is unknown, when the first wait for it began. */
  since: number
  /** When it was last read while it was running. */
  seen: number
  /** When the next poll is due. `Infinity` once it has ended. */
  due: number
  task: Task | undefined
  /** Failed polls in a row, since when, and the last error. */
  failures = 0
  failingSince = 0
  failure: ApikleyError | undefined
  /** The poll in flight. */
  polling: AbortController | undefined
  /** When each subscriber times out, and how to remove its abort listener. */
  readonly subscribers = new Map<Subscriber, { until: number; release: () => void }>()

  constructor(taskId: string, now: number) {
    this.taskId = taskId
    this.since = now
    this.seen = now
    this.due = now
  }
}

/** A new task may be unknown to the service for this long. */
const NOT_FOUND_GRACE_MS = 90_000

/** A wait fails after more failed polls in a row than this, over a longer time than this. */
const MAX_FAILURES = 6
const MAX_FAILING_MS = 120_000

/** The longest time for which one refusal delays all polls. */
const MAX_PAUSE_MS = 60_000

/** A timer that fires later than this was delayed by a sleeping machine or a changed clock. */
const MAX_TIMER_DELAY_MS = 60_000

/** After a lost callback, this many have to arrive before they are relied on again. */
const CALLBACKS_TO_TRUST = 3

/** Tasks without a wait that are remembered, so that a finished one is not read again. */
const MAX_IDLE_TASKS = 1000

const TRANSIENT_KINDS: readonly ApikleyErrorKind[] = [
  'connection',
  'server',
  'rate-limited',
  'maintenance',
  'unexpected-response',
]

/** Whether a later poll may succeed. A refusal without a code comes from an intermediary. */
function isTransient({ kind, code }: ApikleyError): boolean {
  const isForeign = code === undefined && (kind === 'rejected' || kind === 'not-found')
  return TRANSIENT_KINDS.includes(kind) || isForeign
}

/**
 * Polls all tasks that a client waits for, with one timer and within the limit for reads. All waits
 * for a task share its polls. The task that is overdue for longest is polled first.
 */
export class Poller {
  /** Reads a task once. The poller itself keeps the limit and retries. */
  readonly #read: GetTask
  readonly #transport: Transport
  readonly #history: Map<string, DurationHistory>
  readonly #active = new Map<string, KnownTask>()
  readonly #idle = new Map<string, KnownTask>()
  /** Callbacks that have to arrive before they are relied on. */
  #missingCallbacks = 0
  #pausedUntil = 0
  #timer: { readonly at: number; readonly cancel: () => void } | undefined
  /** The request for a turn of the limiter. */
  #turn: AbortController | undefined
  #planned = false
  #shown = -Infinity
  #clockOffset = 0

  constructor(read: GetTask, transport: Transport, history: PollingHistory = {}) {
    this.#read = read
    this.#transport = transport
    this.#history = new Map(Object.entries(history))
  }

  pollingHistory(): PollingHistory {
    return Object.fromEntries(this.#history)
  }

  /** Registers a task that this client has created. A repeated create can return a known task. */
  created(taskId: string, model: string, callback: boolean): void {
    if (!this.#active.has(taskId) && !this.#idle.has(taskId)) {
      const known = this.#find(taskId)
      known.model = model
      known.callback = callback
      known.due += this.#delay(known)
      this.#store(known)
    }
  }

  /** Takes over a finished task that was read elsewhere. */
  seen(task: Task): void {
    const known = this.#find(task.taskId)
    if (hasEnded(task) && known.due < Infinity) {
      this.#store(known)
      this.#update(known, task)
    }
  }

  /** Takes over a finished task from a callback. With an id alone, the task is polled next. */
  notify(task: Task | string): void {
    if (typeof task !== 'string') {
      const known = this.#find(task.taskId)
      if (known.callback && hasEnded(task)) {
        known.callback = false
        this.#missingCallbacks = Math.max(0, this.#missingCallbacks - 1)
      }
      return this.seen(task)
    }
    const known = this.#find(task)
    if (known.due < Infinity) {
      const earliest = known.task ? known.seen + this.#transport.minInterval : 0
      known.due = Math.min(known.due, Math.max(this.#now(), earliest))
    }
    this.#plan()
  }

  /**
   * Notifies a subscriber of each new state of a task.
   *
   * @returns a function that ends this, and leaves no timer and no request
   */
  subscribe(taskId: string, subscriber: Subscriber): () => void {
    const { signal, timeout = Infinity } = subscriber
    const known = this.#find(taskId)
    const now = this.#now()
    const abort = (): void => this.#end(known, subscriber, signal?.reason)
    if (known.subscribers.size === 0) {
      known.failures = 0
      if (known.model === undefined && !known.task) {
        known.since = now
      }
    }
    known.subscribers.set(subscriber, {
      // A known result is delivered even when no time is left.
      until: known.due < Infinity ? now + timeout : Infinity,
      release: () => signal?.removeEventListener('abort', abort),
    })
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) {
      abort()
    }
    this.#pollBeforeTimeouts(known)
    this.#store(known)
    // Asynchronously, so that the caller has the returned function. A due poll comes first.
    if (known.due > now) {
      queueMicrotask(() => this.#deliver(known, subscriber))
    }
    this.#plan()
    return () => this.#leave(known, subscriber)
  }

  /**
   * The time in ms. It does not go back when the clock is set back, and does not pass while the
   * machine sleeps, so no wait times out by that.
   */
  #now(): number {
    const shown = this.#transport.clock.now()
    this.#clockOffset += Math.max(0, this.#shown - shown)
    this.#shown = shown
    const now = shown + this.#clockOffset
    const late = this.#timer ? now - this.#timer.at : 0
    if (late <= MAX_TIMER_DELAY_MS) {
      return now
    }
    this.#clockOffset -= late
    return now - late
  }

  #delay({ model, since, callback }: KnownTask): number {
    const { minInterval, random } = this.#transport
    const history = model === undefined ? undefined : this.#history.get(model)
    const options = { minInterval, random, callback: callback && this.#missingCallbacks === 0 }
    return nextPoll(history, this.#now() - since, options)
  }

  #find(taskId: string): KnownTask {
    const known = this.#active.get(taskId) ?? this.#idle.get(taskId)
    return known ?? new KnownTask(taskId, this.#now())
  }

  /** Puts a task where it belongs after its subscribers have changed. */
  #store(known: KnownTask): void {
    this.#active.delete(known.taskId)
    this.#idle.delete(known.taskId)
    const map = known.subscribers.size > 0 ? this.#active : this.#idle
    map.set(known.taskId, known)
    const [oldest] = this.#idle.keys()
    if (this.#idle.size > MAX_IDLE_TASKS && oldest !== undefined) {
      this.#idle.delete(oldest)
    }
  }

  /** Checks all tasks once, after everything else in this turn of the event loop. */
  #plan(): void {
    if (!this.#planned) {
      queueMicrotask(() => this.#check())
    }
    this.#planned = true
  }

  /** Ends waits that time out, requests a turn if a poll is due, and sets the timer. */
  #check(): void {
    this.#planned = false
    const now = this.#now()
    let next = Infinity
    let due = false
    for (const known of this.#active.values()) {
      for (const [subscriber, { until }] of known.subscribers) {
        if (until > now) {
          next = Math.min(next, until)
        } else {
          this.#end(known, subscriber, subscriber.onTimeout?.(known.failure))
        }
      }
      const at = this.#dueAt(known)
      if (at > now) {
        next = Math.min(next, at)
      } else {
        due ||= known.subscribers.size > 0
      }
    }
    if (!due) {
      this.#turn?.abort()
      this.#turn = undefined
    } else if (!this.#turn) {
      this.#turn = new AbortController()
      void this.#useTurn(this.#turn)
    }
    this.#setTimer(next, now)
  }

  #setTimer(at: number, now: number): void {
    if (this.#timer?.at === at) {
      return
    }
    this.#timer?.cancel()
    this.#timer = undefined
    if (at < Infinity) {
      const wake = (): void => {
        // Reads the time while the timer still shows how late it is.
        this.#now()
        this.#timer = undefined
        this.#check()
      }
      this.#timer = { at, cancel: this.#transport.clock.after(at - now, wake) }
    }
  }

  #dueAt({ due, polling }: KnownTask): number {
    return polling ? Infinity : Math.max(due, this.#pausedUntil)
  }

  /** Waits for a turn of the limiter. Only then it is decided which task is polled. */
  async #useTurn(turn: AbortController): Promise<void> {
    const { reads, onEvent } = this.#transport
    const onThrottle = (delay: number): void =>
      emit(onEvent, { type: 'throttle', operation: 'get-task-details', delay })
    let error: { readonly cause: unknown } | undefined
    try {
      await reads.acquire(turn.signal, onThrottle)
    } catch (cause) {
      error = { cause }
    }
    if (this.#turn !== turn) {
      return
    }
    this.#turn = undefined
    const known = this.#mostOverdue()
    if (known && error) {
      const { taskId } = known
      this.#fail(known, limiterFailed(`Task ${taskId}`, error.cause, taskId))
    } else if (known) {
      void this.#poll(known)
    }
    this.#plan()
  }

  #mostOverdue(): KnownTask | undefined {
    const now = this.#now()
    let first: KnownTask | undefined
    for (const known of this.#active.values()) {
      const at = this.#dueAt(known)
      if (at <= now && (!first || at < this.#dueAt(first))) {
        first = known
      }
    }
    return first
  }

  async #poll(known: KnownTask): Promise<void> {
    const polling = new AbortController()
    known.polling = polling
    let task: Task | undefined
    let failure: unknown
    try {
      task = await this.#read(known.taskId, { signal: polling.signal })
    } catch (error) {
      failure = error
    }
    // Otherwise the last subscriber has left.
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
    if (!callback || !hasEnded(task)) {
      return
    }
    this.#missingCallbacks = CALLBACKS_TO_TRUST
    for (const known of this.#active.values()) {
      if (known.callback) {
        known.due = Math.min(known.due, this.#now() + this.#delay(known))
      }
    }
  }

  #update(known: KnownTask, task: Task): void {
    const now = this.#now()
    if (task.state === 'success') {
      this.#learnDuration(known, task)
    }
    known.task = task
    known.seen = now
    known.failures = 0
    known.failure = undefined
    known.due = hasEnded(task) ? Infinity : now + this.#delay(known)
    this.#pollBeforeTimeouts(known)
    for (const subscriber of known.subscribers.keys()) {
      this.#deliver(known, subscriber)
    }
  }

  /** A task whose callback may be lost is polled once more before a wait times out. */
  #pollBeforeTimeouts(known: KnownTask): void {
    for (const { until } of known.subscribers.values()) {
      const last = until - this.#transport.minInterval
      if (known.callback && known.due < Infinity && last > this.#now()) {
        known.due = Math.min(known.due, last)
      }
    }
  }

  /** By the service's clock; without that, halfway between the last two polls. */
  #learnDuration(known: KnownTask, { model, createTime, completeTime }: Task): void {
    let duration = Number.NaN
    if (createTime && completeTime) {
      duration = completeTime - createTime
    } else if (known.model !== undefined) {
      duration = (known.seen + this.#now()) / 2 - known.since
    }
    const history = learn(this.#history.get(known.model ?? model), duration)
    if (history) {
      this.#history.set(known.model ?? model, history)
    }
  }

  #deliver(known: KnownTask, subscriber: Subscriber): void {
    const { task } = known
    if (!task || !known.subscribers.has(subscriber)) {
      return
    }
    if (hasEnded(task)) {
      this.#leave(known, subscriber)
    }
    if (subscriber.state !== task.state) {
      subscriber.state = task.state
      try {
        subscriber.onTask(task)
      } catch (error) {
        this.#end(known, subscriber, error)
      }
    }
  }

  #fail(known: KnownTask, error: unknown): void {
    if (!ApikleyError.is(error)) {
      return this.#giveUp(known, error)
    }
    const now = this.#now()
    const { minInterval, random, onEvent } = this.#transport
    known.failure = error
    const age = now - Math.max(known.since, known.seen)
    if (error.kind === 'not-found' && age < NOT_FOUND_GRACE_MS) {
      known.due = now + this.#delay(known)
      return
    }
    if (known.failures === 0) {
      known.failingSince = now
    }
    const isLasting = known.failures >= MAX_FAILURES && now - known.failingSince >= MAX_FAILING_MS
    if (isLasting || !isTransient(error)) {
      return this.#giveUp(known, error)
    }
    const pause = Math.min(MAX_FAILING_MS, backoff(known.failures, error.retryAfter, random))
    const delay = Math.max(minInterval, pause)
    known.failures += 1
    known.due = now + delay
    // The limit of the account holds for all tasks.
    if (error.kind === 'rate-limited' || error.kind === 'maintenance') {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(delay, MAX_PAUSE_MS))
    }
    const attempt = known.failures + 1
    emit(onEvent, { type: 'retry', operation: 'get-task-details', attempt, delay, error })
  }

  #giveUp(known: KnownTask, error: unknown): void {
    known.failures = 0
    for (const subscriber of known.subscribers.keys()) {
      this.#end(known, subscriber, error)
    }
  }

  #end(known: KnownTask, subscriber: Subscriber, error: unknown): void {
    this.#leave(known, subscriber)
    subscriber.onError(error)
  }

  #leave(known: KnownTask, subscriber: Subscriber): void {
    known.subscribers.get(subscriber)?.release()
    if (known.subscribers.delete(subscriber) && known.subscribers.size === 0) {
      known.polling?.abort()
      known.polling = undefined
      this.#store(known)
      this.#plan()
    }
  }
}

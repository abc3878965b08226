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
  /** The state that the subscriber knows already. It receives other states only. */
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
  readonly subscribers = new Map<
    Subscriber,
    { readonly until: number; readonly release: () => void }
  >()

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

const TRANSIENT_KINDS: ReadonlySet<ApikleyErrorKind> = new Set([
  'connection',
  'server',
  'rate-limited',
  'maintenance',
  'unexpected-response',
])

/** Whether a later poll may succeed. */
function isTransient({ kind, code }: ApikleyError): boolean {
  // A refusal without a code comes from an intermediary, not from the service.
  const foreign = code === undefined && (kind === 'rejected' || kind === 'not-found')
  return TRANSIENT_KINDS.has(kind) || foreign
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
  /** Callbacks that have to arrive in a row before they are relied on. */
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

  /** Registers a task that this client has created. */
  created(taskId: string, model: string, callback: boolean): void {
    // A repeated create can return a known task.
    if (this.#active.has(taskId) || this.#idle.has(taskId)) {
      return
    }
    const now = this.#now()
    const known = new KnownTask(taskId, now)
    known.model = model
    known.callback = callback
    known.due = now + this.#delay(known, now)
    this.#store(known)
  }

  /** Takes over a finished task that was read elsewhere. */
  seen(task: Task): void {
    const known = this.#find(task.taskId, this.#now())
    // For a running task the poller's own reads are newer.
    if (hasEnded(task) && !(known.task && hasEnded(known.task))) {
      this.#store(known)
      this.#update(known, task)
    }
  }

  /** Takes over a finished task from a callback. With an id alone, the task is polled next. */
  notify(task: Task | string): void {
    const now = this.#now()
    if (typeof task === 'string') {
      const known = this.#find(task, now)
      if (known.due < Infinity) {
        const earliest = known.task ? known.seen + this.#transport.minInterval : now
        known.due = Math.min(known.due, Math.max(now, earliest))
      }
      return this.#plan()
    }
    const known = this.#find(task.taskId, now)
    if (known.callback && hasEnded(task)) {
      known.callback = false
      this.#missingCallbacks = Math.max(0, this.#missingCallbacks - 1)
    }
    this.seen(task)
  }

  /**
   * Notifies a subscriber of each new state of a task.
   *
   * @returns a function that ends this, and leaves no timer and no request
   */
  subscribe(taskId: string, subscriber: Subscriber): () => void {
    const { signal, timeout = Infinity } = subscriber
    const now = this.#now()
    const known = this.#find(taskId, now)
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
    if (signal?.aborted) {
      abort()
    } else {
      signal?.addEventListener('abort', abort, { once: true })
    }
    this.#pollBeforeTimeouts(known, now)
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
    const back = Math.max(0, this.#shown - shown)
    this.#shown = shown
    this.#clockOffset += back
    const now = shown + this.#clockOffset
    const late = this.#timer ? now - this.#timer.at : 0
    if (late <= MAX_TIMER_DELAY_MS) {
      return now
    }
    this.#clockOffset -= late
    return now - late
  }

  #delay({ model, since, callback }: KnownTask, now: number): number {
    const { minInterval, random } = this.#transport
    return nextPoll(model === undefined ? undefined : this.#history.get(model), now - since, {
      minInterval,
      random,
      callback: callback && this.#missingCallbacks === 0,
    })
  }

  #find(taskId: string, now: number): KnownTask {
    return this.#active.get(taskId) ?? this.#idle.get(taskId) ?? new KnownTask(taskId, now)
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

  /** Ends waits that time out, asks for a turn if a poll is due, and sets the timer. */
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
    if (due) {
      this.#turn ??= this.#requestTurn()
    } else {
      this.#turn?.abort()
      this.#turn = undefined
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

  /** Requests one turn at a time. Which task gets it is decided when it comes. */
  #requestTurn(): AbortController {
    const turn = new AbortController()
    const { reads, onEvent } = this.#transport
    const use = (act: (known: KnownTask) => void): void => {
      if (this.#turn !== turn) {
        return
      }
      this.#turn = undefined
      const known = this.#mostOverdue()
      if (known) {
        act(known)
      }
      this.#plan()
    }
    const onThrottle = (delay: number): void =>
      emit(onEvent, { type: 'throttle', operation: 'get-task-details', delay })
    // A caller's limiter may throw, or return no promise.
    const acquire = async (): Promise<void> => reads.acquire(turn.signal, onThrottle)
    acquire().then(
      () => use((known) => void this.#poll(known)),
      (cause: unknown) =>
        use((known) =>
          this.#fail(known, limiterFailed(`Task ${known.taskId}`, cause, known.taskId)),
        ),
    )
    return turn
  }

  #mostOverdue(): KnownTask | undefined {
    let first: KnownTask | undefined
    let firstAt = this.#now()
    for (const known of this.#active.values()) {
      const at = this.#dueAt(known)
      if (at < firstAt || (!first && at === firstAt)) {
        first = known
        firstAt = at
      }
    }
    return first
  }

  async #poll(known: KnownTask): Promise<void> {
    const polling = new AbortController()
    known.polling = polling
    const outcome = await this.#read(known.taskId, { signal: polling.signal }).then(
      (task) => ({ task }),
      (error: unknown) => ({ error }),
    )
    if (known.polling !== polling) {
      return
    }
    known.polling = undefined
    if ('task' in outcome) {
      const { task } = outcome
      if (known.callback && hasEnded(task)) {
        this.#missCallback()
      }
      this.#update(known, task)
    } else {
      this.#fail(known, outcome.error)
    }
    this.#plan()
  }

  /** Polls tasks with a callback like all others, until enough callbacks arrive. */
  #missCallback(): void {
    this.#missingCallbacks = CALLBACKS_TO_TRUST
    const now = this.#now()
    for (const known of this.#active.values()) {
      if (known.callback && !known.polling) {
        known.due = Math.min(known.due, now + this.#delay(known, now))
      }
    }
  }

  #update(known: KnownTask, task: Task): void {
    const now = this.#now()
    const ended = hasEnded(task)
    if (ended) {
      this.#learnDuration(known, task, now)
    }
    known.task = task
    known.seen = now
    known.failures = 0
    known.failure = undefined
    known.due = ended ? Infinity : now + this.#delay(known, now)
    this.#pollBeforeTimeouts(known, now)
    for (const subscriber of known.subscribers.keys()) {
      this.#deliver(known, subscriber)
    }
  }

  /** A task whose callback may be lost is polled once more before a wait times out. */
  #pollBeforeTimeouts(known: KnownTask, now: number): void {
    if (!known.callback || known.due === Infinity) {
      return
    }
    for (const { until } of known.subscribers.values()) {
      const last = until - this.#transport.minInterval
      if (last > now) {
        known.due = Math.min(known.due, last)
      }
    }
  }

  /** By the service's clock; without that, halfway between the last two polls. */
  #learnDuration({ model: own, since, seen }: KnownTask, task: Task, now: number): void {
    const { createTime, completeTime } = task
    const model = own ?? task.model
    let duration = own === undefined ? Number.NaN : (seen + now) / 2 - since
    if (createTime && completeTime) {
      duration = completeTime - createTime
    }
    const history = learn(this.#history.get(model), duration)
    if (history && task.state === 'success') {
      this.#history.set(model, history)
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
    if (subscriber.state === task.state) {
      return
    }
    subscriber.state = task.state
    try {
      subscriber.onTask(task)
    } catch (error) {
      this.#end(known, subscriber, error)
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
      known.due = now + this.#delay(known, now)
      return
    }
    if (known.failures === 0) {
      known.failingSince = now
    }
    const lasting = known.failures >= MAX_FAILURES && now - known.failingSince >= MAX_FAILING_MS
    if (lasting || !isTransient(error)) {
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
    if (!known.subscribers.delete(subscriber) || known.subscribers.size > 0) {
      return
    }
    known.polling?.abort()
    known.polling = undefined
    this.#store(known)
    this.#plan()
  }
}

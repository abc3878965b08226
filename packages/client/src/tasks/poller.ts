import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { continuousTime } from '../runtime.ts'
import { backoff } from '../transport/backoff.ts'
import type { TransportConfig } from '../transport/fetch.ts'
import { limiterFailed } from '../transport/limiter-failed.ts'
import { createCallbackTrust } from './callback-trust.ts'
import type { GetTask } from './get.ts'
import type { Durations } from './durations.ts'
import { createKnownTasks, type Follower, type KnownTask } from './known-tasks.ts'
import { nextPoll, unfinishedAfter } from './next-poll.ts'
import { isPassing } from './passing.ts'
import { hasEnded, type Task } from './task.ts'

/**
 * Looks at all tasks that a client waits for: with one timer, at the right times, in the right
 * order, within the limit for reads.
 */
export interface Poller {
  /**
   * Tells of a task that this client has just created: of its age and its model, and whether its
   * end is posted to a callback.
   */
  created(taskId: string, model: string, callback: boolean): void
  /** Takes a task that somebody else has looked at. */
  seen(task: Task): void
  /**
   * Tells of a task whose end was learned elsewhere, as from a callback, or, by its id, of one that
   * had better be looked at.
   */
  notify(task: Task | string): void
  /** Begins to tell a follower of a task. What comes back ends that, and leaves nothing behind. */
  follow(taskId: string, follower: Follower): () => void
}

/** A new task may be unknown to the service for a while, in ms. */
const notVisibleYet = 90_000

/** A wait ends when more looks than this have failed in a row, for longer than this, in ms. */
const patientLooks = 6
const patientTime = 120_000

/** A look that is late by so many ms is as urgent as one at a task that has certainly ended. */
const ageing = 60_000

/** The longest that one refusal holds up the looks at all tasks, in ms. */
const longestPause = 60_000

/**
 * A timer that is late by more ms than this was held up by a machine that slept, or by a clock that
 * was put ahead.
 */
const longestDelay = 60_000

/** @param look reads a task once, whatever the limit for reads */
export function createPoller(
  look: GetTask,
  transport: TransportConfig,
  durations: Durations,
): Poller {
  const { clock, random, minInterval, reads, onEvent } = transport
  const elapsed = continuousTime(clock)
  const tasks = createKnownTasks()
  const callbacks = createCallbackTrust()
  let pausedUntil = 0
  let timer: { readonly at: number; readonly cancel: () => void } | undefined
  let turn: AbortController | undefined
  let planned = false
  let asleep = 0

  /**
   * Stands still where this machine has slept: when the timer is far too late, so is everything
   * else, and no wait's time was up.
   */
  function time(): number {
    const now = elapsed() - asleep
    if (!timer || now - timer.at <= longestDelay) {
      return now
    }
    asleep += now - timer.at
    return timer.at
  }

  const gap = ({ model, since, callback }: KnownTask, now: number): number =>
    nextPoll(durations.of(model), now - since, {
      minInterval,
      random,
      callback: callback && callbacks.relied(),
    })
  const nextLook = ({ due, looking }: KnownTask): number =>
    looking ? Infinity : Math.max(due, pausedUntil)

  /** Has the tasks gone through once, after everything that happens in the same turn. */
  function plan(): void {
    if (!planned) {
      queueMicrotask(goThrough)
    }
    planned = true
  }

  /**
   * Ends the waits whose time is up, asks the limiter for a turn when a look is due, and sets the
   * timer for what comes next.
   */
  function goThrough(): void {
    planned = false
    const now = time()
    let next = Infinity
    let due = false
    for (const known of tasks.followed.values()) {
      for (const [follower, { until }] of known.followers) {
        if (until > now) {
          next = Math.min(next, until)
        } else {
          end(known, follower, follower.onTimeout?.(known.failure))
        }
      }
      const at = nextLook(known)
      if (at > now) {
        next = Math.min(next, at)
      } else {
        due ||= known.followers.size > 0
      }
    }
    if (!due) {
      turn?.abort()
      turn = undefined
    } else {
      turn ??= askForTurn()
    }
    if (timer?.at === next) {
      return
    }
    timer?.cancel()
    timer = next < Infinity ? { at: next, cancel: clock.after(next - now, wake) } : undefined
  }

  function wake(): void {
    time()
    timer = undefined
    goThrough()
  }

  /**
   * One turn at a time, so that who gets it is decided when it comes, and not by who asked first.
   */
  function askForTurn(): AbortController {
    const mine = new AbortController()
    const take = (act: (known: KnownTask) => unknown) => {
      if (turn !== mine) {
        return
      }
      turn = undefined
      const known = mostUrgent()
      if (known) {
        act(known)
      }
      plan()
    }
    const throttled = (delay: number): void =>
      tell(onEvent, { type: 'throttle', operation: 'get-task-details', delay })
    // Anybody's limiter: it may also throw, or give no promise.
    const acquire = async (): Promise<void> => reads.acquire(mine.signal, throttled)
    acquire().then(
      () => take(lookAt),
      (cause: unknown) =>
        take((known) => fail(known, limiterFailed(`Task ${known.taskId}`, cause, known.taskId))),
    )
    return mine
  }

  /**
   * The task that has most likely ended since it was last seen to run. Being late adds to it, so
   * that none is left out.
   */
  function mostUrgent(): KnownTask | undefined {
    const now = time()
    let most = -1
    let first: KnownTask | undefined
    for (const known of tasks.followed.values()) {
      if (nextLook(known) > now) {
        continue
      }
      const { model, since, seen, due } = known
      const unfinished = unfinishedAfter(durations.of(model))
      const ended = 1 - unfinished(now - since) / unfinished(seen - since)
      const urgency = (ended || 0) + (now - due) / ageing
      if (urgency > most) {
        ;[most, first] = [urgency, known]
      }
    }
    return first
  }

  async function lookAt(known: KnownTask): Promise<void> {
    const looking = (known.looking = new AbortController())
    // What comes of a look that has been called off concerns nobody.
    const ifMine =
      <Outcome>(act: (known: KnownTask, outcome: Outcome) => void) =>
      (outcome: Outcome): void => {
        if (known.looking !== looking) {
          return
        }
        known.looking = undefined
        act(known, outcome)
        plan()
      }
    await look(known.taskId, { signal: looking.signal }).then(ifMine(find), ifMine(fail))
  }

  function find(known: KnownTask, task: Task): void {
    if (known.callback && hasEnded(task) && callbacks.missed()) {
      doubtCallbacks()
    }
    take(known, task)
  }

  /** Looks at the tasks whose callbacks were relied on as at all others. */
  function doubtCallbacks(): void {
    const now = time()
    for (const known of tasks.followed.values()) {
      if (known.callback && !known.looking) {
        known.due = Math.min(known.due, now + gap(known, now))
      }
    }
  }

  function take(known: KnownTask, task: Task): void {
    const now = time()
    const ended = hasEnded(task)
    if (ended) {
      count(known, task, now)
    }
    known.task = task
    known.seen = now
    known.failures = 0
    known.failure = undefined
    known.due = ended ? Infinity : now + gap(known, now)
    lookInTime(known, now)
    for (const follower of known.followers.keys()) {
      give(known, follower)
    }
  }

  /** Who relies on a callback looks once more before somebody's time is up. */
  function lookInTime(known: KnownTask, now: number): void {
    if (!known.callback || known.due === Infinity) {
      return
    }
    for (const { until } of known.followers.values()) {
      if (until - minInterval > now) {
        known.due = Math.min(known.due, until - minInterval)
      }
    }
  }

  /**
   * Learns how long a task took: by the service's clock; if that is silent, halfway between the
   * last look and this one.
   */
  function count(
    { model: own, running, since, seen }: KnownTask,
    { state, model, createTime, completeTime }: Task,
    now: number,
  ): void {
    const timed =
      createTime && completeTime
        ? completeTime - createTime
        : own
          ? (seen + now) / 2 - since
          : Number.NaN
    durations.ended(own ?? model, state === 'success' ? timed : Number.NaN, now, running)
  }

  function give(known: KnownTask, follower: Follower): void {
    const { task } = known
    if (!task || !known.followers.has(follower)) {
      return
    }
    if (hasEnded(task)) {
      leave(known, follower)
    }
    if (follower.state === task.state) {
      return
    }
    follower.state = task.state
    try {
      follower.onTask(task)
    } catch (error) {
      end(known, follower, error)
    }
  }

  function fail(known: KnownTask, error: unknown): void {
    const now = time()
    if (!ApikleyError.is(error)) {
      return giveUp(known, error)
    }
    known.failure = error
    if (error.kind === 'not-found' && now - Math.max(known.since, known.seen) < notVisibleYet) {
      known.due = now + gap(known, now)
      return
    }
    if (known.failures === 0) {
      known.failingSince = now
    }
    const worn = known.failures >= patientLooks && now - known.failingSince >= patientTime
    if (worn || !isPassing(error)) {
      return giveUp(known, error)
    }
    const delay = Math.max(
      minInterval,
      Math.min(patientTime, backoff(known.failures++, error.retryAfter, random)),
    )
    known.due = now + delay
    // What is refused to one is refused to all.
    if (error.kind === 'rate-limited' || error.kind === 'maintenance') {
      pausedUntil = Math.max(pausedUntil, now + Math.min(delay, longestPause))
    }
    tell(onEvent, {
      type: 'retry',
      operation: 'get-task-details',
      attempt: known.failures + 1,
      delay,
      error,
    })
  }

  function seen(task: Task): void {
    const known = tasks.of(task.taskId, time())
    // Of what goes on, a look of its own knows more; and an end is an end.
    if (!hasEnded(task) || (known.task && hasEnded(known.task))) {
      return
    }
    tasks.file(known)
    take(known, task)
  }

  function giveUp(known: KnownTask, error: unknown): void {
    known.failures = 0
    for (const follower of known.followers.keys()) {
      end(known, follower, error)
    }
  }

  function end(known: KnownTask, follower: Follower, error: unknown): void {
    leave(known, follower)
    follower.onError(error)
  }

  function leave(known: KnownTask, follower: Follower): void {
    known.followers.get(follower)?.release()
    if (!known.followers.delete(follower) || known.followers.size > 0) {
      return
    }
    known.looking?.abort()
    known.looking = undefined
    tasks.file(known)
    plan()
  }

  return {
    created(taskId, model, callback) {
      // One attempt that is made twice may give one task.
      if (tasks.knows(taskId)) {
        return
      }
      const now = time()
      const known = tasks.of(taskId, now, model, durations.began(model, now), callback)
      known.due = now + gap(known, now)
      tasks.file(known)
    },

    seen,

    notify(task) {
      const now = time()
      const known = tasks.of(typeof task === 'string' ? task : task.taskId, now)
      if (typeof task === 'string') {
        const soonest = known.task ? Math.max(now, known.seen + minInterval) : now
        if (known.due < Infinity) {
          known.due = Math.min(known.due, soonest)
        }
        return plan()
      }
      if (known.callback && hasEnded(task)) {
        // However often it is told.
        known.callback = false
        callbacks.came()
      }
      seen(task)
    },

    follow(taskId, follower) {
      const { signal, timeout = Infinity } = follower
      const now = time()
      const known = tasks.of(taskId, now)
      const abort = (): void => end(known, follower, signal?.reason)
      if (known.followers.size === 0) {
        known.failures = 0
        if (known.model === undefined && !known.task) {
          known.since = now
        }
      }
      // What has ended is told, however little time there is.
      const until = known.due < Infinity ? now + timeout : Infinity
      known.followers.set(follower, {
        until,
        release: () => signal?.removeEventListener('abort', abort),
      })
      if (signal?.aborted) {
        abort()
      } else {
        signal?.addEventListener('abort', abort, { once: true })
      }
      lookInTime(known, now)
      tasks.file(known)
      // Not before the caller has what this returns, nor when it is time for another look.
      if (known.due > now) {
        queueMicrotask(() => give(known, follower))
      }
      plan()
      return () => leave(known, follower)
    },
  }
}

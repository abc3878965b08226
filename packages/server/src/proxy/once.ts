import { ApikleyError, type ApikleyErrorData, type Clock } from '@apikley/client'
import { ask } from './application.ts'
import type { Attempts } from './attempts.ts'
import { digestOf } from './digest.ts'
import { refusal, unconfirmed } from './refusal.ts'

/** An attempt to create a task. */
export interface Attempt {
  readonly user: string
  readonly attemptId: string
  /** What is to be created, as a text. */
  readonly input: string
  /**
   * It may have been made where nobody here knows of it, or so long ago that it is forgotten:
   * unless it is known, it is `unconfirmed`.
   */
  readonly mayBeForgotten: boolean
  /** Aborted when the time is up. */
  readonly signal: AbortSignal
}

/**
 * Creates a task, or gives what became of the same attempt of the same user before.
 *
 * @throws {ApikleyError} `unconfirmed`, again for a repeat; or why it was refused, after which a
 *   repeat tries again
 * @throws {Error} what the store threw; then nobody knows either
 */
export type Once = (attempt: Attempt, create: () => Promise<string>) => Promise<string>

/** How long an attempt is remembered, in ms. */
export const kept = 600_000

/**
 * The pauses between two looks at an attempt that is under way, in ms: each is twice as long as the
 * one before.
 */
const firstPause = 250
const longestPause = 2000

/** How long an answer that is known waits until it is written down, in ms. */
const patience = 2000

/** What is known of an attempt. Without an outcome it is under way, or its instance is gone. */
interface Entry {
  readonly input: string
  /** Tells this entry from that of another request. */
  readonly nonce?: string
  readonly taskId?: string
  readonly error?: ApikleyErrorData
}

/** Not JSON, or the clients of some stores would read it. */
const write = (entry: Entry): string => `=${JSON.stringify(entry)}`

function read(text: unknown): Entry {
  if (typeof text !== 'string') {
    throw new TypeError(`attempts.add should give a text or nothing, and gave ${typeof text}`)
  }
  return JSON.parse(text.slice(1))
}

/** @param report told what the store threw once the outcome was known */
export function createOnce(
  attempts: Attempts,
  clock: Clock,
  report: (error: unknown) => unknown,
): Once {
  /**
   * What is known of an attempt; or nothing, and then it is ours to make, and `ours` is what is
   * kept of it.
   */
  async function claim(
    key: string,
    ours: string,
    input: string,
    signal: AbortSignal,
  ): Promise<Entry | undefined> {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      const found = await ask('attempts.add', () => attempts.add(key, ours, kept), signal)
      // Clients of stores ask again when a connection breaks, and then find what they kept
      // themselves.
      if (found === undefined || found === null || found === ours) {
        return undefined
      }
      const known = read(found)
      if (known.taskId !== undefined || known.error || known.input !== input) {
        return known
      }
      const paused = new Promise<void>((resolve) => clock.after(pause, resolve))
      await ask('a pause', () => paused, signal).catch(() => {})
      if (signal.aborted) {
        return known
      }
    }
  }

  async function make(
    key: string,
    ours: string,
    input: string,
    create: () => Promise<string>,
  ): Promise<Entry> {
    let entry: Entry
    try {
      entry = { input, taskId: await create() }
    } catch (error) {
      const data = ApikleyError.is(error) ? error.toJSON() : undefined
      if (data && data.kind !== 'unconfirmed' && data.kind !== 'unexpected-response') {
        await forget(key, ours)
        throw error
      }
      if (!data) {
        void report(error)
      }
      entry = { input, ...(data && { error: data }) }
    }
    await keep('attempts.set', () => attempts.set(key, write(entry), kept))
    return entry
  }

  const forget = (key: string, ours: string): Promise<void> =>
    keep('attempts.delete', () => attempts.delete(key, ours))

  /** When it cannot be kept, a repeat finds the attempt under way, and buys nothing either. */
  async function keep(name: string, call: () => Promise<unknown>): Promise<void> {
    const ending = new AbortController()
    const cancel = clock.after(patience, () => ending.abort())
    await ask(name, call, ending.signal).catch(report)
    cancel()
  }

  return async ({ user, attemptId, input, mayBeForgotten, signal }, create) => {
    // Digests: the store need not hold the names of users, nor what they make.
    const key = await digestOf('attempt', JSON.stringify([user, attemptId]))
    const digest = await digestOf('attempt', input)
    const ours = write({ input: digest, nonce: crypto.randomUUID() })
    const known = await claim(key, ours, digest, signal)
    if (!known && mayBeForgotten) {
      // Not kept: it would take the place of what somebody else has bought.
      await forget(key, ours)
      throw unconfirmed(attemptId)
    }
    const entry = known ?? (await make(key, ours, digest, create))
    if (entry.input !== digest) {
      throw refusal(422, 'This attempt id belongs to another input. Take a new one.')
    }
    if (entry.taskId !== undefined) {
      return entry.taskId
    }
    throw entry.error ? ApikleyError.from(entry.error) : unconfirmed(attemptId)
  }
}

import { ApikleyError, type ApikleyErrorData, type Clock } from '@apikley/client'
import { hmac } from '../signature.ts'
import type { Attempts } from './attempts.ts'
import { toBase64url } from './base64url.ts'
import { refusal } from './refusal.ts'

/**
 * Creates a task, or gives what became of the same attempt of the same user before.
 *
 * @param input what is to be created, as a text
 * @throws {ApikleyError} `unconfirmed`, again for a repeat; or why it was refused, after which a repeat tries again
 */
export type Once = (user: string, attemptId: string, input: string, create: () => Promise<string>) => Promise<string>

/** How long an attempt is remembered, in ms. */
const kept = 600_000

/** The pause between two looks at an attempt that is under way, in ms. */
const pause = 250

/** What is known of an attempt. Without an outcome it is under way, or its instance is gone. */
interface Entry {
  readonly input: string
  readonly taskId?: string
  readonly error?: ApikleyErrorData
}

/**
 * @param patience how long to wait for the outcome of an attempt that is under way, in ms
 * @param onError told what the store threw
 */
export function createOnce(attempts: Attempts, clock: Clock, patience: number, onError: (error: unknown) => void): Once {
  /** What is known of an attempt; or nothing, and then it is ours to make. */
  async function claim(key: string, input: string): Promise<Entry | undefined> {
    const until = clock.now() + patience
    for (;;) {
      const text = await attempts.add(key, JSON.stringify({ input }), kept)
      if (typeof text !== 'string') return undefined
      const known: Entry = JSON.parse(text)
      if (known.taskId !== undefined || known.error || known.input !== input || clock.now() >= until) return known
      await new Promise<void>((resolve) => clock.after(pause, resolve))
    }
  }

  async function make(key: string, input: string, create: () => Promise<string>): Promise<Entry> {
    let entry: Entry
    try {
      entry = { input, taskId: await create() }
    } catch (error) {
      const data = ApikleyError.is(error) ? error.toJSON() : undefined
      if (data && data.kind !== 'unconfirmed' && data.kind !== 'unexpected-response') {
        await attempts.delete(key).catch(onError)
        throw error
      }
      if (!data) onError(error)
      entry = { input, ...(data && { error: data }) }
    }
    // When it cannot be kept, a repeat finds the attempt under way, and buys nothing either.
    await attempts.set(key, JSON.stringify(entry), kept).catch(onError)
    return entry
  }

  return async (user, attemptId, input, create) => {
    // Digests: the store need not hold the names of users, nor what they make.
    const key = await digestOf(JSON.stringify([user, attemptId]))
    const digest = await digestOf(input)
    const known = await claim(key, digest).catch((error: unknown): Entry => {
      // Without the store nobody can tell whether this is a repeat.
      onError(error)
      return { input: digest }
    })
    const entry = known ?? (await make(key, digest, create))
    if (entry.input !== digest) throw refusal(422, 'This attempt id belongs to another input. Take a new one.')
    if (entry.taskId !== undefined) return entry.taskId
    const message = 'Nobody knows what became of this attempt: look at the account before you create the task anew.'
    throw ApikleyError.from(entry.error ?? { kind: 'unconfirmed', attemptId, message })
  }
}

const digestOf = async (text: string): Promise<string> => toBase64url(await hmac('attempt', text))

import { ApikleyError, type ApikleyErrorData, type Clock } from '@apikley/client'
import type { Attempts } from './attempts.ts'
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

/** The pause between two looks at an attempt that another instance is at, in ms. */
const pause = 500

/** What is known of an attempt. Without an outcome it is under way, or its instance is gone. */
interface Entry {
  readonly input: string
  readonly taskId?: string
  readonly error?: ApikleyErrorData
}

/** @param patience how long to wait for the outcome of an attempt of another instance, in ms */
export function createOnce(attempts: Attempts, clock: Clock, patience: number): Once {
  const running = new Map<string, Promise<Entry>>()

  async function settle(key: string, attemptId: string, input: string, create: () => Promise<string>): Promise<Entry> {
    const until = clock.now() + patience
    for (;;) {
      const text = await attempts.add(key, JSON.stringify({ input }), kept)
      if (text === undefined) break
      const known: Entry = JSON.parse(text)
      if (known.taskId !== undefined || known.error || known.input !== input) return known
      if (clock.now() >= until) return { input, error: unknown(attemptId) }
      await new Promise<void>((resolve) => clock.after(pause, resolve))
    }
    const entry = await create().then(
      (taskId) => ({ input, taskId }),
      async (error: unknown) => {
        const data = ApikleyError.is(error) ? error.toJSON() : unknown(attemptId)
        if (data.kind === 'unconfirmed' || data.kind === 'unexpected-response') return { input, error: data }
        await attempts.delete(key)
        throw error
      },
    )
    // What was bought was bought, also when it cannot be remembered: a repeat finds the attempt under way, for ever.
    await attempts.set(key, JSON.stringify(entry), kept).catch(() => {})
    return entry
  }

  return async (user, attemptId, input, create) => {
    const [key, digest] = await Promise.all([digestOf(JSON.stringify([user, attemptId])), digestOf(input)])
    const joined = running.get(key) ?? settle(key, attemptId, digest, create).finally(() => running.delete(key))
    running.set(key, joined)
    const { taskId, error, ...known } = await joined
    if (known.input !== digest) throw refusal(422, 'invalid-input', 'This attempt id belongs to another input. Take a new one.')
    if (taskId === undefined) throw ApikleyError.from(error ?? unknown(attemptId))
    return taskId
  }
}

function unknown(attemptId: string): ApikleyErrorData {
  const message = 'Nobody knows what became of this attempt: look at the account before you create the task anew.'
  return { kind: 'unconfirmed', attemptId, message }
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

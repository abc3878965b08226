import type { ModelFileInput, ModelId } from '@apikley/types'
import { now, type RunContext } from './run-context.ts'

/** An attempt to create a task that may have been sent: all that it takes to make it again. */
export interface Attempt<M extends ModelId> {
  readonly taskId?: undefined
  readonly attemptId: string
  readonly model: M
  readonly input: ModelFileInput<M>
  /** When it was about to be sent first, in Unix ms. */
  readonly at: number
  readonly over?: undefined
}

/** A task that was bought. */
export interface Bought {
  readonly attemptId?: undefined
  readonly taskId: string
  readonly at: number
  /** Its end was seen, or the user does not want to wait for it: then another run may begin. */
  readonly over?: 'ended' | 'stopped' | undefined
}

export type SavedRun<M extends ModelId> = Attempt<M> | Bought

/**
 * A proxy gives the same task for the same attempt for 10 min; a minute is left for the way there,
 * and for clocks. In ms.
 */
const repeatable = 540_000

/** Results expire, usually after a day; so long a run is found again. In ms. */
const kept = 86_400_000

/** So much is a clock put right without notice. In ms. */
const drift = 30_000

/**
 * How long an attempt can still be made again, in ms: only a proxy gives one task for one attempt.
 * Of one from the future nobody knows the age.
 */
export function timeLeft<M extends ModelId>(context: RunContext<M>, { at }: Attempt<M>): number {
  const age = now(context) - at
  return context.client.transport.proxied && age > -drift ? repeatable - age : 0
}

/**
 * Anybody may have written what is stored: what is not ours, too old, or of another model is
 * nothing.
 */
export function readSaved<M extends ModelId>(
  context: RunContext<M>,
  entry: unknown,
): SavedRun<M> | undefined {
  return isSaved(entry, context) ? entry : undefined
}

function isSaved<M extends ModelId>(entry: unknown, context: RunContext<M>): entry is SavedRun<M> {
  const {
    at,
    taskId,
    attemptId,
    model,
    input,
  }: { readonly [Field in keyof Attempt<M>]?: unknown } = Object(entry)
  const name = taskId ?? attemptId
  return (
    typeof at === 'number' &&
    Math.abs(now(context) - at) < kept &&
    typeof name === 'string' &&
    /^[!-~]+$/.test(name) &&
    (name === taskId || (model === context.model && input === Object(input)))
  )
}

import { ApikleyError, untyped, type RunPhase } from '@apikley/client'
import { overCap } from './errors.ts'
import { digestOf, type ModelInput } from './input.ts'
import type { Caps } from './ledger/lines.ts'
import type { Session } from './session.ts'

/** How long a repeated command finds the task that it has created. Results expire after a day. */
export const REPEAT_MS: number = 24 * 3_600_000

export interface TaskRequest {
  readonly model: string
  readonly input: ModelInput
  /** Another name creates another task of the same input. */
  readonly take: string
  readonly caps: Caps
  /** What a task costs, in credits. */
  readonly price: number | undefined
  readonly signal?: AbortSignal
  readonly reuse?: number
  readonly onPhase?: (phase: RunPhase) => void
  /** Called with the id before anything else can fail. */
  readonly onCreated?: (taskId: string, isNew: boolean, key: string) => void
}

/**
 * Creates a task once: the same model, input and take lead to the same task, also after a kill. The
 * ledger has its idempotency key before the request leaves.
 *
 * @throws {ApikleyError} `rejected` over a cap; `unconfirmed`; or the reason of a refusal
 */
export async function createTask(
  { apikley, ledger }: Session,
  request: TaskRequest,
): Promise<{ readonly taskId: string; readonly isNew: boolean; readonly key: string }> {
  const { model, input, take, caps, price, signal, onPhase, onCreated } = request
  const claim = await ledger.claim({
    intent: digestOf([model, input.digest, take]),
    key: await apikley.tasks.createKey(),
    model,
    credits: price ?? null,
    caps,
    reuse: request.reuse ?? REPEAT_MS,
  })
  if (claim.status === 'refused') {
    throw overCap(claim.cap, caps, claim.usage)
  }
  const { key, taskId: known } = claim.entry
  if (known !== null) {
    onCreated?.(known, false, key)
    return { taskId: known, isNew: false, key }
  }
  try {
    const options = { idempotencyKey: key, signal, onPhase }
    const { taskId } = await apikley.tasks.create(untyped(model), input.value, options)
    onCreated?.(taskId, true, key)
    await ledger.settle(key, taskId).catch((cause: unknown) => {
      throw notRecorded(taskId, cause)
    })
    return { taskId, isNew: true, key }
  } catch (error) {
    if (ApikleyError.is(error) && error.charge === 'none') {
      await ledger.settle(key)
    }
    throw error
  }
}

function notRecorded(taskId: string, cause: unknown): ApikleyError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `Task ${taskId} was created and charged, but the ledger cannot be written: ${why}.`
  return new ApikleyError({ kind: 'configuration', taskId, message, cause })
}

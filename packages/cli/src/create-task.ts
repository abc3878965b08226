import { ApikleyError, untyped, type RunPhase } from '@apikley/client'
import { overCap } from './errors.ts'
import { digestOf, type ModelInput } from './input.ts'
import type { Caps } from './ledger/entry.ts'
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
  /** Starts a create that no earlier command has started. */
  readonly gate?: <Result>(act: () => Promise<Result>) => Promise<Result>
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
export async function createTask(session: Session, request: TaskRequest): Promise<CreatedTask> {
  const { model, input, take, gate } = request
  const intent = digestOf([model, input.digest, take])
  const create = (): Promise<CreatedTask> => claimAndSend(session, request, intent)
  const isStarted = session.ledger.find({ intent })?.state === 'open'
  return gate && !isStarted ? gate(create) : create()
}

export interface CreatedTask {
  readonly taskId: string
  /** Whether this call has created it. */
  readonly isNew: boolean
}

async function claimAndSend(
  { apikley, ledger }: Session,
  { model, input, caps, price, reuse = REPEAT_MS, signal, onPhase, onCreated }: TaskRequest,
  intent: string,
): Promise<CreatedTask> {
  const key = await apikley.tasks.createKey()
  const claim = await ledger.claim({ intent, key, model, credits: price ?? null, caps, reuse })
  if (claim.status === 'refused') {
    throw overCap(claim.cap, caps, claim.usage)
  }
  const { key: idempotencyKey, taskId: known } = claim.entry
  if (known !== null) {
    onCreated?.(known, false, idempotencyKey)
    return { taskId: known, isNew: false }
  }
  try {
    const options = { idempotencyKey, signal, onPhase }
    const { taskId } = await apikley.tasks.create(untyped(model), input.value, options)
    onCreated?.(taskId, true, idempotencyKey)
    await ledger.settle(idempotencyKey, taskId).catch((cause: unknown) => {
      throw notRecorded(taskId, cause)
    })
    return { taskId, isNew: true }
  } catch (error) {
    if (ApikleyError.is(error) && error.charge === 'none') {
      await ledger.settle(idempotencyKey)
    }
    throw error
  }
}

function notRecorded(taskId: string, cause: unknown): ApikleyError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `Task ${taskId} was created and charged, but the ledger cannot be written: ${why}.`
  return new ApikleyError({ kind: 'configuration', taskId, message, cause })
}

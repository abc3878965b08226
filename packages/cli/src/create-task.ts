import { ApikleyError, untyped, type RunPhase } from '@apikley/client'
import type { CapFlags, Context } from './context.ts'
import { overCap, UsageError } from './errors.ts'
import { digestOf, readInput } from './input.ts'
import { loadModel, mediaFields } from './models.ts'

/** How long a repeated command finds the task that it has created. Results expire after a day. */
const REPEAT_MS = 24 * 3_600_000

const PHASES: Readonly<Record<RunPhase, string>> = {
  uploading: 'Uploading files',
  queued: 'Waiting for a turn within the limits of the service',
  creating: 'Creating the task',
  waiting: 'Waiting',
}

export interface TaskRequest {
  readonly model: string
  /** The fields, with paths of files. */
  readonly input: Readonly<Record<string, unknown>>
  /** Another name creates another task of the same input. */
  readonly take: string
  readonly caps: CapFlags
  readonly reuse?: number
  /** Starts a create that no earlier command has started. */
  readonly gate?: <Result>(act: () => Promise<Result>) => Promise<Result>
  /** Called with the id before anything else can fail. */
  readonly onCreated: (taskId: string, isNew: boolean, key: string) => void
}

/**
 * Creates a task once: the same model, input and take lead to the same task, also after a kill. The
 * ledger has its idempotency key before the request leaves.
 *
 * @returns its id
 * @throws {ApikleyError} `rejected` over a cap; `unconfirmed`; or the reason of a refusal
 */
export async function createTask(context: Context, request: TaskRequest): Promise<string> {
  const { model, take, gate, caps } = request
  checkCaps(caps)
  const { ledger, models } = await context.session()
  const descriptor = await loadModel(model)
  if (descriptor && !models.includes(descriptor)) {
    models.push(descriptor)
  }
  const media = descriptor ? mediaFields(descriptor) : []
  const { value, digest } = await readInput(request.input, media, context.resolvePath)
  const intent = digestOf([model, digest, take])
  const create = (): Promise<string> => claimAndSend(context, request, intent, value)
  const isStarted = ledger.find({ intent })?.state === 'open'
  return gate && !isStarted ? gate(create) : create()
}

/** @throws {UsageError} if a cap cannot hold */
export function checkCaps({ maxCredits, price }: CapFlags): void {
  if (maxCredits !== undefined && price === undefined) {
    throw new UsageError(
      'The documents of the service have no prices. Add --price, the credits that a ' +
        'task costs. Nothing was sent.',
    )
  }
}

async function claimAndSend(
  { output, session, signal }: Context,
  { model, caps, reuse = REPEAT_MS, onCreated }: TaskRequest,
  intent: string,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { apikley, ledger } = await session()
  const { maxTasks: tasks, maxCredits, price = null } = caps
  const claim = await ledger.claim({
    intent,
    key: await apikley.tasks.createKey(),
    model,
    credits: price,
    caps: { tasks, credits: maxCredits },
    reuse,
  })
  if (claim.status === 'refused') {
    throw overCap(claim)
  }
  const { key: idempotencyKey, taskId: known } = claim.entry
  if (known !== null) {
    onCreated(known, false, idempotencyKey)
    return known
  }
  try {
    const onPhase = (phase: RunPhase): void => output.status(PHASES[phase])
    const options = { idempotencyKey, signal, onPhase }
    const { taskId } = await apikley.tasks.create(untyped(model), input, options)
    onCreated(taskId, true, idempotencyKey)
    await ledger.settle(idempotencyKey, taskId).catch((cause: unknown) => {
      throw notRecorded(taskId, cause)
    })
    return taskId
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

import type { ModelId, ModelInput } from '@apikley/types'
import { ask } from '../application.ts'
import { isRecord, readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import type { ProxyOptions } from '../options.ts'
import { kept } from '../once.ts'
import { misconfigured, notNow, notOpen, refusal } from '../refusal.ts'
import { isWebAddress } from '../web-address.ts'

export const createTask: Operation = {
  method: 'POST',
  path: '/api/v1/jobs/createTask',
  charged: true,
  async handle({ proxy: { apikley, options, handles, creates, once }, request, user, signal }) {
    const { model, input } = await readJson(request, signal, 'model', 'input')
    const attemptId = request.headers.get('idempotency-key') ?? crypto.randomUUID()
    if (!/^[\x21-\x7e]{1,200}$/.test(attemptId)) {
      throw refusal(422, 'Idempotency-Key should be one word.')
    }
    if (!isAllowed(options, model)) {
      throw notOpen('This model is', 'models')
    }
    if (!isInput(model, input)) {
      throw refusal(422, 'input should be an object.')
    }
    const age = request.headers.get('idempotency-repeat')
    const mayBeForgotten =
      age !== null &&
      (options.attempts?.inMemory === true || !/^-?\d+$/.test(age) || !isRecent(Number(age) * 1000))
    const taskId = await once(
      { user, attemptId, input: canonical([model, input]), mayBeForgotten, signal },
      async () => {
        // Not before: a repeat has to learn what became of its attempt.
        creates(user)
        const callbackUrl = callbackFor(options, user)
        const { allow = () => true } = options
        const allowed = await ask(
          'allow',
          () => allow({ user, model, input, attemptId }),
          signal,
        ).catch((cause: unknown) => {
          throw notNow(cause)
        })
        if (allowed !== true) {
          throw refusal(403, typeof allowed === 'string' ? allowed : 'This is not allowed here.')
        }
        const created = await apikley.tasks.create(model, input, { signal, attemptId, callbackUrl })
        return created.taskId
      },
    )
    return { taskId: await handles.seal(user, taskId) }
  },
}

/**
 * Whether a store still knows an attempt that was made so many ms ago; some are left for the way
 * here, and for clocks.
 */
function isRecent(age: number): boolean {
  return age > -30_000 && age < kept - 60_000
}

/** JSON in which the order of fields makes no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isRecord(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** @throws {ApikleyError} `configuration` */
function callbackFor({ callbackUrl }: ProxyOptions, user: string): string | undefined {
  if (typeof callbackUrl !== 'function') {
    return callbackUrl
  }
  let address: unknown
  try {
    address = callbackUrl(user)
  } catch (cause) {
    throw misconfigured('callbackUrl failed.', cause)
  }
  if (!isWebAddress(address)) {
    throw misconfigured('callbackUrl gave no http or https address.')
  }
  return address
}

function isAllowed({ models }: ProxyOptions, model: unknown): model is ModelId {
  return models.some((allowed) => model === (typeof allowed === 'string' ? allowed : allowed.id))
}

/** What a descriptor does not check, the service does. */
function isInput<M extends ModelId>(_model: M, input: unknown): input is ModelInput<M> {
  return isRecord(input)
}

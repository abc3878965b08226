import type { ModelId, ModelInput } from '@apikley/types'
import { isRecord, readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import type { ProxyOptions } from '../options.ts'
import { refusal } from '../refusal.ts'

export const createTask: Operation = {
  method: 'POST',
  path: '/api/v1/jobs/createTask',
  charged: true,
  async handle({ proxy: { apikley, options, handles, limits, once }, request, user, signal, late }) {
    const { model, input } = await readJson(request, ['model', 'input'], signal)
    const attemptId = request.headers.get('idempotency-key') ?? crypto.randomUUID()
    if (!/^[\x21-\x7e]{1,200}$/.test(attemptId))
      throw refusal(422, 'invalid-input', 'Idempotency-Key should be a word of at most 200 characters.')
    if (!isAllowed(options, model)) throw refusal(403, 'rejected', 'This model is not allowed here. The proxy option `models` opens it.')
    if (!isInput(model, input)) throw refusal(422, 'invalid-input', 'input should be an object.')
    const { callbackUrl } = options
    const taskId = await once(user, attemptId, JSON.stringify([model, input]), async () => {
      // Not before: a repeat has to learn what became of its attempt.
      limits.creates(user)
      const created = await apikley.tasks.create(model, input, {
        signal: late,
        attemptId,
        callbackUrl: typeof callbackUrl === 'function' ? callbackUrl(user) : callbackUrl,
      })
      return created.taskId
    })
    return { taskId: await handles.seal(user, taskId) }
  },
}

function isAllowed({ models }: ProxyOptions, model: unknown): model is ModelId {
  return models.some((allowed) => model === (typeof allowed === 'string' ? allowed : allowed.id))
}

/** What a descriptor does not check, the service does. */
function isInput<M extends ModelId>(_model: M, input: unknown): input is ModelInput<M> {
  return isRecord(input)
}

import { list, parameterCode, type Handler } from '../service.ts'
import { readJson } from './json-body.ts'

export const createTask: Handler = async (service, call) => {
  const { envelopes, options, ledger, behaviour } = service
  if (!service.room.creates()) {
    return envelopes.refusal(429)
  }
  const body = await readJson(service, call)
  if ('refused' in body) {
    return body.refused
  }
  const { model } = body.value
  if (model === undefined) {
    return envelopes.refusal(parameterCode(service, 500), 'model: This field is required')
  }
  if (typeof model !== 'string' || !service.document.models.has(model)) {
    return envelopes.refusal(422, 'The model name you specified is not supported')
  }
  const problems = service.schemas.model(model, body.value)
  if (problems.length > 0) {
    return envelopes.refusal(parameterCode(service, 500), list(problems))
  }
  const { running } = options.limits ?? {}
  if (running !== undefined && service.tasks.running() >= running) {
    return envelopes.refusal(429)
  }
  const price = options.price ?? defaultPrice
  if (!ledger.charge(price)) {
    return envelopes.refusal(402)
  }

  const { taskId } = await service.tasks.accept(body.value, price, call)
  return envelopes.success({ taskId, ...(behaviour.recordId ? { recordId: taskId } : {}) })
}

const defaultPrice = 3.5

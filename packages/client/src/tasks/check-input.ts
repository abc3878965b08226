import type { ModelDescriptor } from '@apikley/types'
import { ApikleyError, messageOf } from '../errors.ts'

/**
 * Checks an input against the descriptor of its model, if there is one.
 *
 * @throws {ApikleyError} `invalid-input`
 */
export async function checkModel(
  models: readonly ModelDescriptor[],
  model: string,
  input: unknown,
): Promise<void> {
  const descriptor = models.find(({ id }) => id === model)
  const result = await descriptor?.['~standard'].validate(input)
  const problems = result?.issues?.map(({ message }) => message)
  if (problems) {
    throw invalidInput(model, new Error(problems.join('; ')))
  }
}

/** The refusal of a model that the service does not know, with the reason. Other errors stay. */
export function explainUnknownModel(
  models: readonly ModelDescriptor[],
  model: string,
  error: unknown,
): unknown {
  const isRefused = ApikleyError.is(error) && error.code === 422
  if (!isRefused || !/\bmodel\b.*not supported/i.test(error.msg ?? '')) {
    return error
  }
  const note =
    models.find(({ id }) => id === model)?.note ??
    'It may be retired or renamed: see its note in @apikley/types/models.'
  const message = `The service does not know the model ${model}. ${note} Nothing was charged.`
  return new ApikleyError({ ...error.toJSON(), message, cause: error })
}

export function invalidInput(model: string, cause: unknown): ApikleyError {
  const message = `The input of ${String(model)} is not valid; no task was sent. ${messageOf(cause)}.`
  return new ApikleyError({ kind: 'invalid-input', cause, message })
}

import type { ModelDescriptor } from '@apikley/types'
import { ApikleyError } from '../errors.ts'

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
  const problems = result?.issues?.map(({ message, path }) =>
    [path?.map(String).join('.'), message].filter(Boolean).join(': '),
  )
  if (problems) {
    throw invalidInput(model, new Error(problems.join('; ')))
  }
}

export function invalidInput(model: string, cause: unknown): ApikleyError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `The input of ${model} is not valid; no task was sent. ${why}.`
  return new ApikleyError({ kind: 'invalid-input', cause, message })
}

import type { ModelDescriptor } from '@apikley/types'
import { ApikleyError } from '../errors.ts'

/** @throws {ApikleyError} `invalid-input`, when an input cannot be written as JSON: it holds itself, or a BigInt */
export function checkJson(model: string, input: unknown): void {
  try {
    JSON.stringify(input)
  } catch (cause) {
    // Of what it says only the first line is about the mistake.
    throw invalid(model, cause instanceof Error ? cause.message.replace(/\n.*/s, '') : String(cause), cause)
  }
}

/** @throws {ApikleyError} `invalid-input`, when a descriptor of the model is given and finds a mistake */
export async function checkModel(models: readonly ModelDescriptor[], model: string, input: unknown): Promise<void> {
  const descriptor = models.find(({ id }) => id === model)
  const result = await descriptor?.['~standard'].validate(input)
  const problems = result?.issues?.map(({ message, path }) => [path?.map(String).join('.'), message].filter(Boolean).join(': '))
  if (problems) throw invalid(model, problems.join('; '))
}

function invalid(model: string, why: string, cause?: unknown): ApikleyError {
  return new ApikleyError({ kind: 'invalid-input', cause, message: `The input of ${model} is not valid; nothing was sent. ${why}` })
}

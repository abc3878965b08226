import type { ModelDescriptor } from '@apikley/types'
import { ApikleyError } from '../errors.ts'

/**
 * @param files whether files in it are still to be uploaded
 * @throws {ApikleyError} `invalid-input`, when an input cannot be written as JSON: it holds itself,
 *   a BigInt, a promise, or a file where none is looked for
 */
export function checkJson(model: string, input: unknown, files = false): void {
  try {
    JSON.stringify(input, function (this: Readonly<Record<string, unknown>>, name, value: unknown) {
      // As it was before a `toJSON` of its own, which Buffers have.
      const given = this[name]
      if ((isLostInJson(value) || ArrayBuffer.isView(given)) && !(files && value instanceof Blob)) {
        throw new TypeError(
          `${name} is a ${tagOf(given)}, which JSON cannot hold: upload a file first, await a promise.`,
        )
      }
      return value
    })
  } catch (cause) {
    // Of what it says only the first line is about the mistake.
    throw invalid(
      model,
      cause instanceof Error ? cause.message.replace(/\n.*/s, '') : String(cause),
      cause,
    )
  }
}

/**
 * @throws {ApikleyError} `invalid-input`, when a descriptor of the model is given and finds a
 * mistake
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
    throw invalid(model, problems.join('; '))
  }
}

/** What would go as `{}`. */
function isLostInJson(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === 0 &&
    !/^(Object|Array)$/.test(tagOf(value))
  )
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

function invalid(model: string, why: string, cause?: unknown): ApikleyError {
  return new ApikleyError({
    kind: 'invalid-input',
    cause,
    message: `The input of ${model} is not valid; no task was sent. ${why}`,
  })
}

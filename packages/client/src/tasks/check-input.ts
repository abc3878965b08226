import type { ModelDescriptor } from '@apikley/types'
import { ApikleyError } from '../errors.ts'
import { isPlainObject } from '../files/input-files.ts'

/**
 * Refuses an input that JSON cannot hold: a cycle, a BigInt, a promise, a Map, or bytes. A Blob is
 * allowed where it is found and uploaded.
 *
 * @throws {ApikleyError} `invalid-input`
 */
export function checkJson(model: string, input: unknown): void {
  // The objects that the search for files enters.
  const searched = new WeakSet<object>()
  try {
    JSON.stringify({ input }, function (this: Readonly<Record<string, unknown>>, name, value) {
      // The value before its own `toJSON`, which a Buffer has.
      const original = name === '' ? value : this[name]
      const isSearched = name === '' || searched.has(this)
      if (isSearched && (Array.isArray(original) || isPlainObject(original))) {
        searched.add(original)
      }
      const isUploaded = isSearched && original instanceof Blob
      if (!isUploaded && (isLostInJson(value) || ArrayBuffer.isView(original))) {
        throw new TypeError(
          `${name} is a ${tagOf(original)}, which JSON cannot hold: pass a Blob, await a promise.`,
        )
      }
      return value
    })
  } catch (cause) {
    // Only the first line of the platform's message is about the mistake.
    const why = cause instanceof Error ? cause.message.replace(/\n.*/s, '') : String(cause)
    throw invalid(model, why, cause)
  }
}

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
    throw invalid(model, problems.join('; '))
  }
}

/** Objects that JSON writes as `{}`. */
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
  const message = `The input of ${model} is not valid; no task was sent. ${why}`
  return new ApikleyError({ kind: 'invalid-input', cause, message })
}

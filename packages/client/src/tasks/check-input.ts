import type { ModelDescriptor } from '@apikley/types'
import { ApikleyError, misconfigured } from '../errors.ts'
import { checkCreatedAt, checkKey } from '../http/idempotency-key.ts'

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

const CALLBACKS = ['onKey', 'onPhase', 'onUpload'] as const

type UncheckedOptions = Readonly<
  Partial<Record<'idempotencyKey' | 'createdAt' | (typeof CALLBACKS)[number], unknown>>
>

/**
 * Checks the types of the options of a create, for callers in JavaScript.
 *
 * @throws {ApikleyError} `configuration`
 */
export function checkCreateOptions(options: UncheckedOptions): void {
  const { idempotencyKey, createdAt } = options
  if (idempotencyKey !== undefined) {
    checkKey(idempotencyKey)
  }
  checkCreatedAt(createdAt)
  for (const name of CALLBACKS) {
    if (options[name] !== undefined && typeof options[name] !== 'function') {
      const message = `${name} must be a function. Nothing was sent.`
      throw misconfigured(message)
    }
  }
}

export function invalidInput(model: string, cause: unknown): ApikleyError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `The input of ${model} is not valid; no task was sent. ${why}.`
  return new ApikleyError({ kind: 'invalid-input', cause, message })
}

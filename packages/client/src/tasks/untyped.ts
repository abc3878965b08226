import type { UntypedModel } from '@apikley/types'

/**
 * The id of a model that the packages do not know. Its input has no types and is not checked. Files
 * are uploaded, and `run` waits, as for any model.
 *
 * @example
 * const { urls } = await apikley.run(untyped('vendor/new-model'), { prompt: 'a cat' })
 */
export function untyped(model: string): UntypedModel
export function untyped(model: string): string {
  return model
}

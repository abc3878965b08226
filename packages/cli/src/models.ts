import type { Field, ModelDescriptor } from '@apikley/types'
import { models } from '@apikley/types/models'
import { UsageError } from './errors.ts'

export { models }

/** The descriptor of a model, or `undefined` if this release does not know the model. */
export async function loadModel(id: string): Promise<ModelDescriptor | undefined> {
  if (models.every((model) => model.id !== id)) {
    return undefined
  }
  const loaded: Readonly<Record<string, ModelDescriptor>> = await import(
    `@apikley/types/models/${id}`
  )
  return Object.values(loaded).find((descriptor) => descriptor.id === id)
}

/** @throws {UsageError} with similar ids */
export async function requireModel(id: string): Promise<ModelDescriptor> {
  const descriptor = await loadModel(id)
  if (!descriptor) {
    const [word = ''] = /[a-z]+/.exec(id.toLowerCase().split('/').at(-1) ?? '') ?? []
    const similar = models.filter((model) => word !== '' && model.id.includes(word))
    const hint =
      similar.length > 0 ? ` Similar: ${similar.map((model) => model.id).join(', ')}.` : ''
    throw new UsageError(`The model ${id} is unknown.${hint} \`apikley models\` lists all models.`)
  }
  return descriptor
}

/** The names of the fields that take files. */
export function mediaFields({ fields }: ModelDescriptor): string[] {
  return Object.entries(fields).flatMap(([name, { media }]) => (media ? [name] : []))
}

/** For example `image (jpeg, png, at most 10 MB)`. */
export function describeField({ required, schema, media }: Field): string {
  const type = [schema.type ?? 'any'].flat().join(' or ')
  const range = [
    schema.minimum === undefined ? '' : `from ${schema.minimum}`,
    schema.maximum === undefined ? '' : `to ${schema.maximum}`,
    schema.maxLength === undefined ? '' : `at most ${schema.maxLength} characters`,
    schema.maxItems === undefined ? '' : `at most ${schema.maxItems} items`,
    media?.types ? media.types.join(', ') : '',
    media?.maxBytes === undefined ? '' : `at most ${Math.round(media.maxBytes / 1e6)} MB`,
    schema.enum ? `one of ${schema.enum.map(String).join(', ')}` : '',
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ]
  const what = media ? 'file or URL' : type
  return [required ? 'required' : '', what, ...range].filter(Boolean).join('; ')
}

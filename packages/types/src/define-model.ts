import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import type { ModelId, ModelRequest, OutputKind } from './model-types.ts'
import { createValidator, type FieldSchema } from './validate.ts'

/** The files that a field takes, as far as they are documented. An empty object means any file. */
export interface MediaLimits {
  /** MIME types, for instance `image/png`. */
  readonly types?: readonly string[]
  /** Size in bytes. */
  readonly maxBytes?: number
}

/** One field of a model's input, as a form or a page of documentation needs it. */
export interface Field {
  readonly required: boolean
  readonly schema: FieldSchema
  /** Set if the field takes the URL of a file. */
  readonly media?: MediaLimits
}

/** The fields of a model's input by name. */
export type Fields = Readonly<Record<string, Field>>

/** A model in the list of all models. */
export interface ModelSummary<Id extends string = string> {
  readonly id: Id
  /** A short name for people. */
  readonly title: string
  readonly output: OutputKind
  /** What to know before a call, for instance that the service may refuse the model. */
  readonly note?: string
  /** Whether Apikley's own documents retire the model. */
  readonly deprecated?: boolean
}

/**
 * A model as data. It is a Standard Schema and a Standard JSON Schema of the input as it is sent,
 * so `createApikley({ models: [v3Reframe] })`, a form library and a router take it. It works
 * without `eval`.
 *
 * @example
 * import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
 * v3Reframe.fields.image_size.schema.enum // ['square', 'square_hd', …]
 */
export interface ModelDescriptor<
  M extends ModelId = ModelId,
  F extends Fields = Fields,
  Sent = unknown,
> extends ModelSummary<M> {
  readonly description: string
  readonly deprecated: boolean
  readonly fields: F
  readonly '~standard': StandardSchemaV1.Props<Sent> & StandardJSONSchemaV1.Props<Sent>
}

const DIALECTS: Readonly<Record<string, string>> = {
  'draft-07': 'http://json-schema.org/draft-07/schema#',
  'draft-2020-12': 'https://json-schema.org/draft/2020-12/schema',
}

/** Makes a descriptor. The generated modules below `@apikley/types/models/` call it. */
export function defineModel<M extends ModelId, F extends Fields>(
  about: Omit<ModelDescriptor<M>, 'fields' | '~standard'>,
  fields: F,
): ModelDescriptor<M, F, ModelRequest<M>['input']> {
  const entries = Object.entries(fields)
  const schema = {
    type: 'object',
    required: entries.flatMap(([name, { required }]) => (required ? [name] : [])),
    properties: Object.fromEntries(entries.map(([name, field]) => [name, field.schema])),
  }
  const toJsonSchema = ({ target }: StandardJSONSchemaV1.Options): Record<string, unknown> => {
    const $schema = DIALECTS[target]
    if ($schema === undefined) {
      throw new Error(`JSON Schema ${target} is not supported; use draft-2020-12 or draft-07`)
    }
    return structuredClone({ $schema, title: about.title, ...schema })
  }
  return {
    ...about,
    fields,
    '~standard': {
      version: 1,
      vendor: 'apikley',
      validate: createValidator(schema),
      jsonSchema: { input: toJsonSchema, output: toJsonSchema },
    },
  }
}

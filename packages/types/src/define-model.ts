import { Validator, type OutputUnit, type Schema } from '@cfworker/json-schema'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ModelId, ModelInput } from './models.ts'

/** Which files a field takes, as far as the documentation says. Nothing in it means: any file. */
export interface MediaLimits {
  /** MIME types, for instance `image/png`. */
  readonly types?: readonly string[]
  /** Size in bytes. */
  readonly maxBytes?: number
}

/** JSON Schema (2020-12) of a value, as far as the documents of this API use it. */
export interface FieldSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: FieldSchema
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly required?: readonly string[]
  readonly deprecated?: boolean
}

/** One field of a model's input, as a form or a page of documentation needs it. */
export interface Field {
  readonly required: boolean
  readonly schema: FieldSchema
  /** There when the field takes the address of a file. */
  readonly media?: MediaLimits
}

/** The fields of a model's input by name. */
export type Fields = Readonly<Record<string, Field>>

/**
 * A model as data. It is a Standard Schema of the model's input as well, so it goes wherever one is
 * taken: `createApikley({ models: [v3Reframe] })`, a form library, a router. It works without
 * `eval`.
 *
 * @example
 * import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
 * v3Reframe.fields.image_size.schema.enum // ['square', 'square_hd', …]
 */
export interface ModelDescriptor<
  M extends ModelId = ModelId,
  F extends Fields = Fields,
> extends StandardSchemaV1<ModelInput<M>> {
  readonly id: M
  readonly fields: F
  /** Whether the model is deprecated, so a later major version may remove it. */
  readonly deprecated?: boolean
}

/** Makes a descriptor; the generated modules below `@apikley/types/models/` call it. */
export function defineModel<M extends ModelId, F extends Fields>(
  id: M,
  fields: F,
  facts: Pick<ModelDescriptor, 'deprecated'> = {},
): ModelDescriptor<M, F> {
  let validator: Validator | undefined
  return {
    id,
    fields,
    ...facts,
    '~standard': {
      version: 1,
      vendor: 'apikley',
      validate(value) {
        validator ??= new Validator(inputSchema(fields), '2020-12', false)
        let errors: OutputUnit[] = []
        const isInput = (candidate: unknown): candidate is ModelInput<M> => {
          const result = validator?.validate(asJson(candidate))
          errors = result?.errors ?? []
          return result?.valid === true
        }
        return isInput(value) ? { value } : { issues: errors.flatMap(toIssue) }
      },
    },
  }
}

/**
 * A value as JSON has it: what is undefined is not there. In what JSON cannot hold nothing is
 * valid.
 */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null')
  } catch {
    return null
  }
}

function inputSchema(fields: Fields): Schema {
  const entries = Object.entries(fields)
  const schema = {
    type: 'object',
    required: entries.flatMap(([name, { required }]) => (required ? [name] : [])),
    properties: Object.fromEntries(entries.map(([name, field]) => [name, field.schema])),
  }
  // A copy, because the validator marks the schemas that it is given.
  return JSON.parse(JSON.stringify(schema))
}

/** Keywords that only report that something below them failed. */
const containers = new Set(['properties', 'items', 'additionalProperties'])

function toIssue({ keyword, error, instanceLocation }: OutputUnit): StandardSchemaV1.Issue[] {
  if (containers.has(keyword)) {
    return []
  }
  const path = instanceLocation
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
  const missing = keyword === 'required' ? /"(.*)"/.exec(error)?.[1] : undefined
  return [
    {
      message: missing === undefined ? error : 'This field is required',
      path: missing === undefined ? path : [...path, missing],
    },
  ]
}

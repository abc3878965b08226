import { Validator, type Schema } from '@cfworker/json-schema'
import { schemasIn, type Json, type JsonObject } from './json.ts'

/** Whether an example keeps to its schema. */
export function fits(schema: JsonObject, value: Json): boolean {
  // A copy, because the validator marks the schemas that it is given. Without patterns: those of
  // strangers are not executed here.
  const copy: Schema = JSON.parse(
    JSON.stringify(schema, (key, inner: unknown) =>
      key === 'pattern' && typeof inner === 'string' ? undefined : inner,
    ),
  )
  return new Validator(copy, '2020-12').validate(value).valid
}

/** Leaves out the examples in a schema that contradict it. */
export function dropUnfitting(root: Json | undefined): void {
  for (const schema of schemasIn(root)) {
    if (Array.isArray(schema.examples)) {
      const fitting = schema.examples.filter((example) => fits(schema, example))
      if (fitting.length > 0) {
        schema.examples = fitting
      } else {
        delete schema.examples
      }
    }
  }
}

/** The extensions of the tool that a document was written with (`x-apidog-…`). */
export function dropExtensions(root: Json | undefined): void {
  for (const schema of schemasIn(root)) {
    for (const key of Object.keys(schema)) {
      if (key.startsWith('x-')) {
        delete schema[key]
      }
    }
  }
}

import { entriesOf, isObject, listOf, objectAt, schemasIn, valueAt } from '../compile/json.ts'
import type { Json, JsonObject } from '../compile/json.ts'
import { joinAllOf } from '../compile/schemas.ts'
import { modelsOf } from './document.ts'
import { header, literal, quoted } from './source.ts'

/**
 * The document's types. This is the only module that calls openapi-typescript. The inputs of models
 * are documented in the registry.
 */
export async function generateTypes(document: JsonObject): Promise<string> {
  const bare = structuredClone(document)
  // A discriminator makes openapi-typescript write a comment of its own at each model id.
  delete objectAt(bare, ['components', 'schemas', 'CreateTaskRequest'], 'the document')
    .discriminator
  for (const { name } of modelsOf(document)) {
    const request = valueAt(bare, 'components', 'schemas', `${name}Request`)
    const input = valueAt(bare, 'components', 'schemas', `${name}Input`)
    for (const schema of [request, input].flatMap((root) => schemasIn(root))) {
      for (const keyword of ['title', 'description', 'default', 'examples', 'format']) {
        delete schema[keyword]
      }
    }
  }
  // Both take most of a second to load.
  const { default: openapiTS, astToString } = await import('openapi-typescript')
  const { default: ts } = await import('typescript')
  const joined: JsonObject = JSON.parse(JSON.stringify(bare), (_, value: Json) => joinParts(value))
  const nodes = await openapiTS(JSON.stringify(joined), {
    // A default does not make a request field required.
    defaultNonNullable: false,
    // An object without declared properties is open.
    emptyObjectsUnknown: true,
    transform: ({ format, type }) =>
      format === 'binary' && [type].flat().includes('string')
        ? ts.factory.createTypeReferenceNode('Blob')
        : undefined,
  })
  // A tag without a text says nothing that the type does not say.
  const text = astToString(nodes).replaceAll(
    /^ *\/\*\* @enum \{\w+\} \*\/\n|^ *\* @enum \{\w+\}\n/gm,
    '',
  )
  return `${header}${text}`
}

/**
 * Joins an `allOf` without references. For openapi-typescript a member with `required` alone, or
 * with `type: object` alone, is another type.
 */
function joinParts(value: Json): Json {
  const members = listOf(valueAt(value, 'allOf')).filter(isObject)
  const isJoinable = members.length > 0 && members.every(({ $ref }) => $ref === undefined)
  return isObject(value) && isJoinable ? joinAllOf(value) : value
}

/**
 * The known values of open enums (`x-extensible-enum`), by component and property. They are not
 * part of the types, because an unknown value is not an error.
 */
export function generateKnownValues(document: JsonObject): string {
  const schemas = objectAt(document, ['components', 'schemas'], 'the document')
  const fields = Object.entries(schemas).flatMap(([name, schema]) =>
    entriesOf(valueAt(schema, 'properties')).map(([property, field]) => ({
      name: quoted(`${name}.${property}`),
      values: listOf(valueAt(field, 'x-extensible-enum')),
    })),
  )
  const entries = fields
    .filter(({ values }) => values.length > 0)
    .map(({ name, values }) => `  ${name}: ${values.map((value) => literal(value)).join(' | ')}\n`)
  return `${header}
/**
 * The values that the document knows of its open enums. Others may come in answers at any time, and
 * those listed here may come and go in a minor version: give a \`switch\` over them a default.
 */
export interface KnownValues {
${entries.join('')}}
`
}

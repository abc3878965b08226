import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { isObject, objectAt, type JsonObject } from '../compile/json.ts'
import { header, literal, quoted } from './source.ts'

/** The document's types, by openapi-typescript. This is the one module that calls it. */
export async function generateTypes(document: JsonObject): Promise<string> {
  const nodes = await openapiTS(JSON.stringify(document), {
    // A default does not make a request field required.
    defaultNonNullable: false,
    transform: (schema) =>
      schema.format === 'binary' ? ts.factory.createTypeReferenceNode('Blob') : undefined,
  })
  return `${header}${astToString(nodes)}`
}

/**
 * The known values of open enums (`x-extensible-enum`), by component and property. They stand
 * beside the types, not in them: there the value is a plain string or number, and an unknown one is
 * no error.
 */
export function generateKnownValues(document: JsonObject): string {
  const entries: string[] = []
  for (const [name, schema] of Object.entries(
    objectAt(document, ['components', 'schemas'], 'the document'),
  )) {
    for (const [property, field] of Object.entries(
      isObject(schema) && isObject(schema.properties) ? schema.properties : {},
    )) {
      const values = isObject(field) ? field['x-extensible-enum'] : undefined
      if (Array.isArray(values)) {
        entries.push(
          `  ${quoted(`${name}.${property}`)}: ${values.map((value) => literal(value)).join(' | ')}\n`,
        )
      }
    }
  }
  return `${header}
/**
 * The values that the document knows of its open enums. Others may come in answers at any time, and
 * those listed here may come and go in a minor version: give a \`switch\` over them a default.
 */
export interface KnownValues {
${entries.join('')}}
`
}

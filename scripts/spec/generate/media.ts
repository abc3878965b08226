import { entriesOf, isObject, schemasIn, stringsIn, valueAt } from '../compile/json.ts'
import type { Json, JsonObject } from '../compile/json.ts'
import type { Model } from './document.ts'
import { header, literal, propertyName } from './source.ts'

/**
 * All models with the fields that take files, and their limits. Fields with equal limits share one
 * constant, so that a bundle with all models stays small.
 */
export function generateMedia(models: Model[]): string {
  const constants = new Map<string, string>()
  const entries = models.map(({ id, input }) => {
    const members = Array.from(mediaIn(input), ([name, field]) => {
      const limits = literal(limitsOf(name, field))
      const constant = constants.get(limits) ?? `LIMITS_${constants.size + 1}`
      constants.set(limits, constant)
      return `${propertyName(name)}: ${constant}`
    })
    const list = members.join(', ')
    return `  ${propertyName(id)}: {${list && ` ${list} `}},\n`
  })
  const declarations = [...constants].map(
    ([limits, name]) => `const ${name}: FileLimits = ${limits}\n`,
  )
  const others = models.filter(({ output }) => !/image|video|audio/.test(output))
  return `${header}import type { FileLimits } from '../files/check-file.ts'

${declarations.join('')}
/** By model, and by the name of the field. */
export const media: Readonly<Record<string, Readonly<Record<string, FileLimits>>>> = {
${entries.join('')}}

/** The models of the table whose result is not a file. */
export const withoutFiles: readonly string[] = ${literal(others.map(({ id }) => id))}
`
}

/** The fields inside a schema that take files, by name. */
export function mediaIn(schema: Json): Map<string, Json> {
  const fields = schemasIn(schema).flatMap(({ properties }) => entriesOf(properties))
  return new Map(fields.filter(([, field]) => isObject(valueAt(field, 'x-apikley-media'))))
}

/** Without documented types, the name of the field says what it takes. */
function limitsOf(name: string, field: Json): JsonObject {
  const documented = stringsIn(valueAt(field, 'x-apikley-media', 'types'))
  const families = /image|video|audio/.exec(name) ?? ['image', 'video', 'audio']
  const maxBytes = valueAt(field, 'x-apikley-media', 'maxBytes')
  const maxItems = valueAt(field, 'type') === 'array' ? valueAt(field, 'maxItems') : 1
  return {
    types: documented.length > 0 ? documented : families.map((family) => `${family}/*`),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxItems === undefined ? {} : { maxItems }),
  }
}

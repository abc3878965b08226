import { isDeepStrictEqual } from 'node:util'
import { fieldsOf, isObject, type Json, type JsonObject } from '../compile/json.ts'
import { modelsOf, operationsOf, type Operation } from '../generate/document.ts'
import { argumentsOf } from '../generate/operations.ts'
import { signature } from '../generate/options.ts'
import { highest, type Bump } from './bump.ts'
import { fromTo, type Change } from './structure.ts'

/**
 * The third judge: what the packages make of a document beyond its types. That is the arguments of
 * generated functions, what descriptors say of fields, which fields take a file, the known values
 * of open enums, and the names of components.
 */
export function comparePackages(
  base: JsonObject,
  revision: JsonObject,
): { bump: Bump; changes: Change[] } {
  const changes = [compareSignatures, compareFields, compareKnownValues, compareComponents].flatMap(
    (compare) => compare(base, revision),
  )
  return { bump: highest(changes.map(({ impact }) => impact)), changes }
}

/**
 * An argument more, even an optional one, takes the place of `options`, or is a variable of a
 * mutation that had none.
 */
function compareSignatures(base: JsonObject, revision: JsonObject): Change[] {
  const byId = (document: JsonObject): Map<string, Operation> =>
    new Map(operationsOf(document).map((operation) => [operation.id, operation]))
  return both(byId(base), byId(revision)).flatMap(([, before, after]) =>
    (['function', 'option factory'] as const)
      .map((property) => ({
        property,
        old: signatures[property](before),
        now: signatures[property](after),
      }))
      .filter(({ old, now }) => order(old) !== order(now))
      .map(({ property, old, now }): Change => {
        const subject = `${after.method.toUpperCase()} ${after.path}`
        return {
          subject,
          place: after.name,
          kind: 'modified',
          property,
          impact: 'major',
          text: `${old} → ${now}`,
        }
      }),
  )
}

const signatures = {
  function: (operation: Operation): string => `(client, ${argumentsOf(operation)}options?)`,
  'option factory': signature,
}

/** Whether an argument may be left out is for the compiler, which compares what can be sent. */
const order = (text: string): string => text.replaceAll('?:', ':').replaceAll(' | undefined', '')

/**
 * The types of a descriptor are those of its values: a fact that it does not state any more is gone
 * for every program that reads it.
 */
function compareFields(base: JsonObject, revision: JsonObject): Change[] {
  const fieldsById = (document: JsonObject): Map<string, Map<string, JsonObject>> =>
    new Map(
      modelsOf(document).map(({ id, input }) => [
        id,
        new Map(Object.entries(fieldsOf(document, input)).flatMap(fieldSchemas)),
      ]),
    )
  return both(fieldsById(base), fieldsById(revision)).flatMap(([model, old, now]) =>
    both(old, now).flatMap(([place, before, after]) => [
      ...Object.keys(before)
        .filter(
          (keyword) => !(keyword in after) && !prose.has(keyword) && !keyword.startsWith('x-'),
        )
        .map((keyword) => change(model, place, keyword, 'major', before[keyword], undefined)),
      ...('default' in after && !isDeepStrictEqual(before.default, after.default)
        ? [change(model, place, 'default', 'minor', before.default, after.default)]
        : []),
      ...compareMedia(model, place, before[mediaKey], after[mediaKey]),
    ]),
  )
}

const fieldSchemas = ([name, field]: [string, Json]): [string, JsonObject][] => [
  ...schemasAt(field, `input.${name}`),
]
const prose = new Set(['title', 'description', 'examples'])
const mediaKey = 'x-apikley-media'

/** Where a file was taken, one has to be taken, of every type and size as before. */
function compareMedia(
  model: string,
  place: string,
  before: Json | undefined,
  after: Json | undefined,
): Change[] {
  if (isObject(before) && isObject(after)) {
    return ['types', 'maxBytes']
      .map((limit) => ({ limit, old: before[limit], now: after[limit] }))
      .filter(({ old, now }) => !isDeepStrictEqual(old, now))
      .map(({ limit, old, now }) =>
        change(
          model,
          `${place}.${mediaKey}`,
          limit,
          isWider(old, now) ? 'minor' : 'major',
          old,
          now,
        ),
      )
  }
  if (isObject(before)) {
    return [change(model, place, mediaKey, 'major', before, undefined)]
  }
  return isObject(after) ? [change(model, place, mediaKey, 'minor', undefined, after)] : []
}

/**
 * A limit that comes narrows, and one that goes is missed in the descriptor; so both have to be
 * there.
 */
function isWider(before: Json | undefined, after: Json | undefined): boolean {
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.every((type) => after.includes(type))
  }
  return typeof before === 'number' && typeof after === 'number' && after > before
}

/** Answers are open, so what is known of them is not promised to stay. */
function compareKnownValues(base: JsonObject, revision: JsonObject): Change[] {
  return both(componentsOf(base, 'schemas'), componentsOf(revision, 'schemas')).flatMap(
    ([name, before, after]) => {
      const [old, now] = [knownValues(before), knownValues(after)]
      const missing = (from: Known[], among: Known[]): Known[] =>
        from.filter((known) => !among.some((other) => isDeepStrictEqual(known, other)))
      return [
        ...missing(old, now).map(({ place, value }) =>
          change(name, place, openEnum, 'minor', value, undefined),
        ),
        ...missing(now, old).map(({ place, value }) =>
          change(name, place, openEnum, 'minor', undefined, value),
        ),
      ]
    },
  )
}

type Known = { place: string; value: Json }
const openEnum = 'x-extensible-enum'

function knownValues(component: Json): Known[] {
  return [...schemasAt(component)].flatMap(([place, { [openEnum]: values }]) =>
    Array.isArray(values) ? values.map((value) => ({ place, value })) : [],
  )
}

/** The names of components are those of the documents, and not promised either. */
function compareComponents(base: JsonObject, revision: JsonObject): Change[] {
  return ['schemas', 'parameters', 'responses', 'requestBodies', 'headers', 'pathItems'].flatMap(
    (kind) => {
      const after = componentsOf(revision, kind)
      return [...componentsOf(base, kind)]
        .filter(([name]) => !after.has(name))
        .map(([name, component]) => change(name, '', '', 'minor', component, undefined))
    },
  )
}

function componentsOf({ components }: JsonObject, kind: string): Map<string, Json> {
  const entries = isObject(components) ? components[kind] : undefined
  return new Map(isObject(entries) ? Object.entries(entries) : [])
}

/** A schema and the schemas in it, each with the way to it as the table tells it. */
function* schemasAt(
  schema: Json | undefined,
  place = '',
): Generator<[place: string, schema: JsonObject]> {
  if (!isObject(schema)) {
    return
  }
  yield [place, schema]
  const below = (name: string): string => (place ? `${place}.${name}` : name)
  for (const [keyword, inner] of Object.entries(schema)) {
    if (keyword === 'properties' && isObject(inner)) {
      for (const [name, property] of Object.entries(inner)) {
        yield* schemasAt(property, below(name))
      }
    } else if (
      ['allOf', 'anyOf', 'oneOf', 'prefixItems'].includes(keyword) &&
      Array.isArray(inner)
    ) {
      for (const [index, member] of inner.entries()) {
        yield* schemasAt(member, below(`${keyword}.${index}`))
      }
    } else if (['items', 'additionalProperties', 'not'].includes(keyword)) {
      yield* schemasAt(inner, below(keyword))
    }
  }
}

function change(
  subject: string,
  place: string,
  property: string,
  impact: Bump,
  before: Json | undefined,
  after: Json | undefined,
): Change {
  const kind = after === undefined ? 'removed' : before === undefined ? 'added' : 'modified'
  return { subject, place, kind, property, impact, text: fromTo(before, after) }
}

/** What is in both. What is gone or new as a whole is for the other judges. */
function both<Item>(
  before: Map<string, Item>,
  after: Map<string, Item>,
): [key: string, before: Item, after: Item][] {
  return [...before].flatMap(([key, old]): [string, Item, Item][] => {
    const now = after.get(key)
    return now === undefined ? [] : [[key, old, now]]
  })
}

import { isDeepStrictEqual } from 'node:util'
import {
  entriesOf,
  isObject,
  schemasAt,
  valueAt,
  type Json,
  type JsonObject,
} from '../compile/json.ts'
import { inline } from '../compile/schemas.ts'
import { PROSE_KEYWORDS } from '../compile/shape.ts'
import { modelsOf, operationsOf, type Operation } from '../generate/document.ts'
import { byId, highest, inBoth, type Bump, type Reason } from './reason.ts'

/** Rates everything that the packages promise beyond types. VERSIONING.md has the rules. */
export function compareFacts(base: JsonObject, revision: JsonObject): Reason[] {
  return [
    ...comparePresence('model', modelsOf(base), modelsOf(revision)),
    ...comparePresence('operation', operationsOf(base), operationsOf(revision)),
    ...compareSecurity(base, revision),
    ...compareOperations(base, revision),
    ...compareSchemas(base, revision),
    ...compareComponents(base, revision),
  ]
}

function comparePresence(
  kind: string,
  before: { id: string }[],
  after: { id: string }[],
): Reason[] {
  const [old, now] = [byId(before), byId(after)]
  const removed = before.filter(({ id }) => !now.has(id))
  const added = after.filter(({ id }) => !old.has(id))
  return [
    ...removed.map(({ id }): Reason => ({ bump: 'major', message: `${kind} ${id} is removed` })),
    ...added.map(({ id }): Reason => ({ bump: 'minor', message: `${kind} ${id} is new` })),
  ]
}

function compareSecurity(base: JsonObject, revision: JsonObject): Reason[] {
  const [old, now] = [base, revision].map((each) => valueAt(each, 'components', 'securitySchemes'))
  return isDeepStrictEqual(old, now)
    ? []
    : [{ bump: 'major', message: `security: ${toText(old, now)}` }]
}

/** The facts of an operation, and the bump when one changes. */
const OPERATION_FACTS: [name: string, bump: Bump, fact: (operation: Operation) => Json][] = [
  ['URL', 'major', ({ method, path }) => `${method.toUpperCase()} ${path}`],
  ['server', 'minor', ({ server }) => server],
  ['media type of the body', 'major', ({ body }) => body?.mediaType ?? null],
  // An argument more, even an optional one, moves `options`.
  ['takes parameters', 'major', ({ parameters }) => parameters.length > 0],
  ['takes a body', 'major', ({ body }) => body !== undefined],
  // The option factory of a query takes `skipToken` only for required parameters.
  [
    'needs parameters',
    'major',
    ({ method, parameters }) => method === 'get' && parameters.some(({ required }) => required),
  ],
]

function compareOperations(base: JsonObject, revision: JsonObject): Reason[] {
  const operations = inBoth(byId(operationsOf(base)), byId(operationsOf(revision)))
  return operations.flatMap(([id, before, after]) =>
    OPERATION_FACTS.flatMap(([name, bump, fact]): Reason[] => {
      const [old, now] = [fact(before), fact(after)]
      return old === now ? [] : [{ bump, message: `${id}: ${name}: ${toText(old, now)}` }]
    }),
  )
}

/** Descriptors state the keywords of `input` fields. */
type Role = 'input' | 'request' | 'response'

function compareSchemas(base: JsonObject, revision: JsonObject): Reason[] {
  return inBoth(schemasOf(base), schemasOf(revision)).flatMap(([place, before, after]) => {
    const keywords = new Set([...Object.keys(before.schema), ...Object.keys(after.schema)])
    return [...keywords].flatMap((keyword): Reason[] => {
      const [old, now] = [before.schema[keyword], after.schema[keyword]]
      const bump = isDeepStrictEqual(old, now) ? 'none' : rate(after.role, keyword, old, now)
      return bump === 'none' ? [] : [{ bump, message: `${place} ${keyword}: ${toText(old, now)}` }]
    })
  })
}

/** All schemas of requests and responses. Members of an `allOf` count as one schema. */
function schemasOf(document: JsonObject): Map<string, { role: Role; schema: JsonObject }> {
  const found = new Map<string, { role: Role; schema: JsonObject }>()
  const add = (subject: string, role: Role, root: Json | undefined): void => {
    for (const { place, schema } of schemasAt(inline(document, root ?? null, subject))) {
      const keys = place.filter((key, index) => key !== 'allOf' && place[index - 1] !== 'allOf')
      const isField = role === 'request' && keys[0] === 'input' && keys.length > 1
      const at = `${subject}: ${keys.join('.')}`
      found.set(at, {
        role: isField ? 'input' : role,
        schema: { ...found.get(at)?.schema, ...schema },
      })
    }
  }
  for (const { id, request } of modelsOf(document)) {
    add(id, 'request', request)
  }
  for (const { id, parameters, body, success } of operationsOf(document)) {
    for (const { name, schema } of parameters) {
      add(`${id} ${name}`, 'request', schema)
    }
    add(`${id} body`, 'request', body?.byModel ? null : body?.schema)
    add(`${id} response`, 'response', success)
  }
  for (const name of ENVELOPES) {
    add(name, 'response', valueAt(document.components, 'schemas', name))
  }
  return found
}

/** Components that stand for responses without being the 200 of an operation. */
export const ENVELOPES = ['ErrorResponse', 'TaskCallback'] as const

function rate(role: Role, keyword: string, old: Json | undefined, now: Json | undefined): Bump {
  if (keyword === 'x-apikley-media') {
    return rateMedia(old, now)
  }
  if (keyword === 'x-extensible-enum') {
    return 'minor'
  }
  if (role === 'input' && now === undefined) {
    return PROSE_KEYWORDS.has(keyword) || keyword.startsWith('x-') ? 'none' : 'major'
  }
  if (keyword === 'default') {
    return 'minor'
  }
  if (role === 'response') {
    return isNarrower(keyword, now, old) && keyword !== 'format' ? 'major' : 'none'
  }
  return isNarrower(keyword, old, now) ? 'major' : 'none'
}

/** Whether a limit allows less than before. A changed pattern or format allows other values. */
function isNarrower(keyword: string, old: Json | undefined, now: Json | undefined): boolean {
  if (/^(min|exclusiveMin)/.test(keyword)) {
    return now !== undefined && (old === undefined || Number(now) > Number(old))
  }
  if (/^(max|exclusiveMax)/.test(keyword)) {
    return now !== undefined && (old === undefined || Number(now) < Number(old))
  }
  if (keyword === 'additionalProperties') {
    return now === false
  }
  return ['pattern', 'format', 'multipleOf', 'uniqueItems'].includes(keyword) && now !== undefined
}

/** A field that takes a file has to go on taking every type and size as before. */
function rateMedia(before: Json | undefined, after: Json | undefined): Bump {
  if (!isObject(before) || !isObject(after)) {
    return isObject(before) ? 'major' : 'minor'
  }
  const limits = ['types', 'maxBytes'].map((limit): Bump => {
    const [old, now] = [before[limit], after[limit]]
    const change = isWider(old, now) ? 'minor' : 'major'
    return isDeepStrictEqual(old, now) ? 'none' : change
  })
  return highest(limits)
}

/** A new limit narrows, and the descriptor loses one that is removed. */
function isWider(old: Json | undefined, now: Json | undefined): boolean {
  return Array.isArray(old) && Array.isArray(now)
    ? old.every((type) => now.includes(type))
    : typeof old === 'number' && typeof now === 'number' && now > old
}

const COMPONENTS = ['schemas', 'parameters', 'responses', 'requestBodies', 'headers', 'pathItems']

/** Programs may use the names of components in types, but the names are not promised. */
function compareComponents(base: JsonObject, revision: JsonObject): Reason[] {
  return COMPONENTS.flatMap((kind) =>
    entriesOf(valueAt(base.components, kind))
      .filter(([name]) => valueAt(revision.components, kind, name) === undefined)
      .map(([name]): Reason => ({ bump: 'minor', message: `the component ${name} is removed` })),
  )
}

/** `old → new`, with long values cut. */
function toText(old: Json | undefined, now: Json | undefined): string {
  return [old, now].map(shorten).join(' → ')
}

const MAX_TEXT_LENGTH = 60

function shorten(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH - 1)}…` : line
}

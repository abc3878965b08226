import { isDeepStrictEqual } from 'node:util'
import { entriesOf, listOf, valueAt, type Json, type JsonObject } from '../compile/json.ts'
import { inline } from '../compile/schemas.ts'
import { modelsOf, operationsOf, type Operation } from '../generate/document.ts'
import { byId, inBoth, type Reason, reason, type Rule } from './version-rules.ts'
import { compareSchemas, toText, type Role } from './compare-schemas.ts'

/** Rates everything that the packages promise beyond types. VERSIONING.md has the rules. */
export function compareFacts(base: JsonObject, revision: JsonObject): Reason[] {
  return [
    ...comparePresence('model', modelsOf(base), modelsOf(revision)),
    ...comparePresence('operation', operationsOf(base), operationsOf(revision)),
    ...compareRoot(base, revision),
    ...compareOperations(base, revision),
    ...inBoth(schemasOf(base), schemasOf(revision)).flatMap(([subject, before, after]) =>
      compareSchemas(`${subject}:`, before.role, before.schema, after.schema),
    ),
    ...compareComponents(base, revision),
  ]
}

function comparePresence(
  kind: 'model' | 'operation',
  before: { id: string }[],
  after: { id: string }[],
): Reason[] {
  const [old, now] = [byId(before), byId(after)]
  const removed = before.filter(({ id }) => !now.has(id))
  const added = after.filter(({ id }) => !old.has(id))
  return [
    ...removed.map(({ id }) => reason(`${kind}-removed`, `${kind} ${id} is removed`)),
    ...added.map(({ id }) => reason(`${kind}-added`, `${kind} ${id} is new`)),
  ]
}

/** The parts of the document that hold for all operations. */
function compareRoot(base: JsonObject, revision: JsonObject): Reason[] {
  const parts: [Rule, string, (document: JsonObject) => Json | undefined][] = [
    ['security-changed', 'security', ({ components }) => valueAt(components, 'securitySchemes')],
    ['operation-server', 'server', ({ servers }) => valueAt(listOf(servers)[0], 'url')],
  ]
  return parts.flatMap(([rule, name, read]) => {
    const [old, now] = [read(base), read(revision)]
    return isDeepStrictEqual(old, now) ? [] : [reason(rule, `${name}: ${toText(old, now)}`)]
  })
}

/** The facts of an operation, and the rule when one changes. */
const OPERATION_FACTS: [name: string, rule: Rule, fact: (operation: Operation) => Json][] = [
  ['URL', 'operation-url', ({ method, path }) => `${method.toUpperCase()} ${path}`],
  ['server', 'operation-server', ({ server }) => server],
  ['resend', 'resend-changed', ({ resend }) => resend],
  ['deprecated', 'deprecated', ({ isDeprecated }) => isDeprecated],
  ['media type of the body', 'body-media-type', ({ body }) => body?.mediaType ?? null],
  // An argument more, even an optional one, moves `options`.
  ['takes parameters', 'operation-arguments', ({ parameters }) => parameters.length > 0],
  ['takes a body', 'operation-arguments', ({ body }) => body !== undefined],
  // The option factory of a query takes `skipToken` only for required parameters.
  [
    'needs parameters',
    'operation-arguments',
    ({ method, parameters }) => method === 'get' && parameters.some(({ required }) => required),
  ],
]

function compareOperations(base: JsonObject, revision: JsonObject): Reason[] {
  const operations = inBoth(byId(operationsOf(base)), byId(operationsOf(revision)))
  return operations.flatMap(([id, before, after]) => {
    const security = [before.security ?? base.security, after.security ?? revision.security]
    return [
      ...OPERATION_FACTS.flatMap(([name, rule, fact]): Reason[] => {
        const [old, now] = [fact(before), fact(after)]
        return old === now ? [] : [reason(rule, `${id}: ${name}: ${toText(old, now)}`)]
      }),
      ...compareSecurity(id, security),
    ]
  })
}

function compareSecurity(id: string, [old, now]: (Json | undefined)[]): Reason[] {
  if (isDeepStrictEqual(old, now)) {
    return []
  }
  const isFree = listOf(now).length === 0
  const rule = isFree ? 'security-relaxed' : 'security-changed'
  return [reason(rule, `${id}: security: ${toText(old, now)}`)]
}

/** The schemas of requests and responses by subject, without references. */
function schemasOf(document: JsonObject): Map<string, { role: Role; schema: Json }> {
  const found = new Map<string, { role: Role; schema: Json }>()
  const add = (subject: string, role: Role, root: Json | undefined): void => {
    found.set(subject, { role, schema: inline(document, root ?? null, subject) })
  }
  for (const { id, request } of modelsOf(document)) {
    add(id, 'model', request)
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

const COMPONENTS = ['schemas', 'parameters', 'responses', 'requestBodies', 'headers', 'pathItems']

/** Programs may use the names of components in types, but the names are not promised. */
function compareComponents(base: JsonObject, revision: JsonObject): Reason[] {
  return COMPONENTS.flatMap((kind) =>
    entriesOf(valueAt(base.components, kind))
      .filter(([name]) => valueAt(revision.components, kind, name) === undefined)
      .map(([name]) => reason('component-removed', `the component ${name} is removed`)),
  )
}

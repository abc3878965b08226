import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run, RunError } from '../../run.ts'
import { listOf, valueAt, type Json, type JsonObject } from '../compile/json.ts'
import { modelsOf, operationsOf } from '../generate/document.ts'
import { quoted } from '../generate/source.ts'
import { generateTypes } from '../generate/types.ts'
import { ENVELOPES } from './compare-facts.ts'
import { byId, inBoth, type Reason, reason, type Rule } from './version-rules.ts'

/** A check of types that fails when the reason holds. Each one takes one line. */
export type Check = { reason: Reason; code: string }

/**
 * Rates the types of two versions with the compiler. Old requests have to be valid for the new
 * types, new responses for the old types, and no field may be lost. The reverse finds additions.
 */
export async function compareTypes(base: JsonObject, revision: JsonObject): Promise<Reason[]> {
  const old = await generateTypes(withoutErrors(base))
  const now = await generateTypes(withoutErrors(revision))
  if (old === now) {
    return []
  }
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-types-'))
  const files = { 'old.ts': old, 'new.ts': now }
  return await failedChecks(folder.path, files, PRELUDE, checksFor(base, revision))
}

/** The document with the success alone as response 200, without the envelope of an error. */
function withoutErrors(document: JsonObject): JsonObject {
  const text = JSON.stringify(document, (_, value: Json) => {
    const [success, error] = listOf(valueAt(value, 'anyOf'))
    return valueAt(error, '$ref') === '#/components/schemas/ErrorResponse' ? success : value
  })
  return JSON.parse(text)
}

const COMPILER_OPTIONS = {
  strict: true,
  noEmit: true,
  target: 'ES2022',
  lib: ['ES2022', 'DOM'],
  module: 'preserve',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: [],
}

const PRELUDE = `import type { operations as Old, components as OldComponents } from './old.ts'
import type { operations as New, components as NewComponents } from './new.ts'
type Response<T> = T extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never
type Body<T> = T extends { requestBody: infer R } ? Content<R> : T extends { requestBody?: infer R } ? Content<NonNullable<R>> | undefined : undefined
type Content<R> = R extends { content: infer C } ? C[keyof C] : undefined
type Parameters<T> = T extends { parameters: infer P } ? { [K in 'query' | 'path']: K extends keyof P ? (undefined extends P[K] ? (NonNullable<P[K]> | undefined) : P[K]) : undefined } : never`

/**
 * `Lost<A, B>` is true if A has keys, at any depth, that B does not have, and never otherwise. A
 * member of a union loses nothing if the other union has a related member with all its keys. An
 * index signature is not a key. Types that contain themselves are compared to a depth of 8.
 */
const TOOLS = `type Lost<A, B, D extends 0[] = []> = D['length'] extends 8 ? never : Same<A, B> extends true ? never
  : A extends (...args: never) => unknown ? never
  : A extends readonly (infer X)[]
  ? Lost<X, B extends readonly (infer Y)[] ? Y : never, [0, ...D]>
  : A extends object
    ? [Extract<B, object>] extends [never] ? never : true extends Keeps<A, B, D> ? never : true
    : never
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
type Keeps<A, B, D extends 0[]> = B extends object ? (true extends Related<A, B> ? ([Missing<A, B, [0, ...D]>] extends [never] ? true : never) : never) : never
type Related<A, B> = ([A] extends [B] ? true : never) | ([B] extends [A] ? true : never)
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] }
type Missing<A, B, D extends 0[]> = { [K in keyof Named<A>]-?: K extends keyof Named<B> ? Lost<NonNullable<A[K]>, NonNullable<B[K]>, D> : true }[keyof Named<A>]
type Apart<A, B> = [A] extends [B] ? never : [B] extends [A] ? never : true
type Arguments<T> = T extends (...args: infer A) => unknown ? A : never
declare function fits<A extends B, B>(): void
declare function none<A extends never>(): void`

function checksFor(base: JsonObject, revision: JsonObject): Check[] {
  const schema = (name: string): string => `Components['schemas']['${name}']`
  const models = inBoth(byId(modelsOf(base)), byId(modelsOf(revision)))
  const operations = inBoth(byId(operationsOf(base)), byId(operationsOf(revision)))
  return [
    ...models.flatMap(([id, before, after]) => {
      const [old, now] = [
        `Old${schema(`${before.name}Request`)}`,
        `New${schema(`${after.name}Request`)}`,
      ]
      return check('request', `${id}: the request`, old, now)
    }),
    ...operations.flatMap(([id, { body }]) => {
      const [old, now] = [`Old[${quoted(id)}]`, `New[${quoted(id)}]`]
      return [
        ...check('request', `${id}: the parameters`, `Parameters<${old}>`, `Parameters<${now}>`),
        ...(body?.byModel
          ? []
          : check('request', `${id}: the body`, `Body<${old}>`, `Body<${now}>`)),
        ...check('response', `${id}: the response`, `Response<${old}>`, `Response<${now}>`),
      ]
    }),
    ...ENVELOPES.flatMap((name) =>
      check('response', `${name}: the response`, `Old${schema(name)}`, `New${schema(name)}`),
    ),
  ]
}

const EFFECTS = {
  request: ['refuses values that were valid', 'accepts more values'],
  response: ['promises more', 'has values that it did not have'],
} as const

function check(kind: keyof typeof EFFECTS, part: string, old: string, now: string): Check[] {
  const [narrowed, widened] = EFFECTS[kind]
  const rows: [Rule, what: string, code: string][] = [
    [`${kind}-narrowed`, narrowed, `fits<${old}, ${now}>()`],
    [`${kind}-widened`, widened, `fits<${now}, ${old}>()`],
    [`${kind}-field-removed`, 'loses a field', `none<Lost<${old}, ${now}>>()`],
    [`${kind}-field-added`, 'has a new field', `none<Lost<${now}, ${old}>>()`],
  ]
  return rows.map(([rule, what, code]) => ({ reason: reason(rule, `${part} ${what}`), code }))
}

/** Compiles the checks beside files, and returns those that fail. */
export async function failedChecks(
  folder: string,
  files: Record<string, string>,
  imports: string,
  checks: Check[],
): Promise<Reason[]> {
  const prelude = `${imports}\n${TOOLS}`
  const all = {
    ...files,
    'checks.ts': [prelude, ...checks.map(({ code }) => code)].join('\n'),
    'tsconfig.json': JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['checks.ts'] }),
  }
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  // The compiler of the repository is faster than the one that openapi-typescript needs.
  const tsc = resolve(import.meta.dirname, '../../../node_modules/typescript/bin/tsc')
  const output = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    // The compiler collects its garbage earlier. Without it 118 documents need more than 400 MB.
    env: { GOMEMLIMIT: '256MiB' },
  }).catch((error: unknown) => (error instanceof RunError ? error.output : Promise.reject(error)))
  const offset = prelude.split('\n').length + 1
  const lines = [...output.matchAll(/^checks\.ts\((\d+),/gm)].map(([, line]) => Number(line))
  const other = output
    .split('\n')
    .find((line) => line.includes('error TS') && !line.startsWith('checks.ts('))
  if (other ?? lines.some((line) => line < offset)) {
    throw new Error(`The types of a version do not compile: ${other ?? output}`)
  }
  const failed = lines.flatMap((line) => checks[line - offset]?.reason ?? [])
  return [...new Map(failed.map((found) => [found.message, found])).values()]
}

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { JsonObject } from '../compile/json.ts'
import { modelsOf, operationsOf, type Model, type Operation } from '../generate/document.ts'
import { generateRegistry } from '../generate/models.ts'
import { quoted } from '../generate/source.ts'
import { generateTypes } from '../generate/types.ts'
import { highest, type Bump } from './bump.ts'

export type Verdict = { bump: Bump; reasons: string[] }

/** One assertion, on a line of its own, so that the compiler's complaint tells which one it is. */
type Assertion = { bump: Bump; says: string; code: string }

/**
 * The second judge: the compiler. Whatever could be sent before has to be a request still, whatever
 * comes now has to be an answer as before, and no key may be gone. The same the other way round
 * tells whether there is anything new.
 */
export async function compareTypes(base: JsonObject, revision: JsonObject): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-judge-'))
  try {
    for (const [name, document] of [
      ['old', base],
      ['new', revision],
    ] as const) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'openapi.ts'), await generateTypes(document))
      await writeFile(join(folder, name, 'registry.ts'), generateRegistry(modelsOf(document)))
    }
    const assertions = assertionsFor(base, revision)
    await writeFile(
      join(folder, 'judge.ts'),
      [prelude, ...assertions.map(({ code }) => code)].join('\n'),
    )
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['judge.ts'] }),
    )
    const offset = prelude.split('\n').length
    const broken = (await complaints(folder)).flatMap((line) => assertions[line - offset - 1] ?? [])
    return {
      bump: highest(broken.map(({ bump }) => bump)),
      reasons: broken.map(({ says }) => says),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const compilerOptions = {
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

const prelude = `import type { operations as Old } from './old/openapi.ts'
import type { Models as OldModels } from './old/registry.ts'
import type { operations as New } from './new/openapi.ts'
import type { Models as NewModels } from './new/registry.ts'
/**
 * Whether one type has keys that another does not have, at any depth: true or never. A member of a
 * union has lost nothing if the other union has a member that could stand in its place and has all
 * its keys.
 */
type Lost<A, B> = A extends readonly (infer X)[]
  ? Lost<X, B extends readonly (infer Y)[] ? Y : never>
  : A extends object
    ? [Extract<B, object>] extends [never] ? never : true extends Keeps<A, B> ? never : true
    : never
type Keeps<A, B> = B extends object ? (true extends Related<A, B> ? ([Gone<A, B>] extends [never] ? true : never) : never) : never
type Related<A, B> = ([A] extends [B] ? true : never) | ([B] extends [A] ? true : never)
type Gone<A, B> = { [K in keyof A]-?: K extends keyof B ? Lost<NonNullable<A[K]>, NonNullable<B[K]>> : true }[keyof A]
type Answer<T> = T extends { responses: { 200: { content: { 'application/json': infer B } } } } ? (B extends { data?: infer D } ? NonNullable<D> : never) : never
type Body<T> = T extends { requestBody: infer R } ? Content<R> : T extends { requestBody?: infer R } ? Content<NonNullable<R>> | undefined : undefined
type Content<R> = R extends { content: infer C } ? C[keyof C] : undefined
type Parameters<T> = T extends { parameters: infer P } ? { [K in 'query' | 'path']: K extends keyof P ? (undefined extends P[K] ? (NonNullable<P[K]> | undefined) : P[K]) : undefined } : never
declare function fits<A extends B, B>(): void
declare function none<A extends never>(): void`

function assertionsFor(base: JsonObject, revision: JsonObject): Assertion[] {
  const byId = <Item extends { id: string }>(items: Item[]): Map<string, Item> =>
    new Map(items.map((item) => [item.id, item]))
  const [oldModels, newModels] = [byId(modelsOf(base)), byId(modelsOf(revision))]
  const [oldOperations, newOperations] = [byId(operationsOf(base)), byId(operationsOf(revision))]
  return [
    ...present('model', oldModels, newModels),
    ...present('operation', oldOperations, newOperations),
    ...[...oldModels.keys()].filter((id) => newModels.has(id)).flatMap(modelAssertions),
    ...[...oldOperations.values()]
      .filter(({ id }) => newOperations.has(id))
      .flatMap(operationAssertions),
  ]
}

/** What is gone or new as a whole is known without the compiler, but said in the same way. */
function present(
  what: string,
  before: Map<string, Model | Operation>,
  after: Map<string, Model | Operation>,
): Assertion[] {
  const fails = 'none<true>()'
  return [
    ...[...before.keys()]
      .filter((id) => !after.has(id))
      .map((id): Assertion => ({ bump: 'major', says: `${what} ${id} is gone`, code: fails })),
    ...[...after.keys()]
      .filter((id) => !before.has(id))
      .map((id): Assertion => ({ bump: 'minor', says: `${what} ${id} is new`, code: fails })),
  ]
}

function modelAssertions(id: string): Assertion[] {
  const before = `OldModels[${quoted(id)}]['request']`
  const after = `NewModels[${quoted(id)}]['request']`
  const files = (version: 'Old' | 'New'): string => `${version}Models[${quoted(id)}]['media']`
  return [
    {
      bump: 'major',
      says: `${id}: a request of before is none now`,
      code: `fits<${before}, ${after}>()`,
    },
    {
      bump: 'major',
      says: `${id}: a field of the request is gone`,
      code: `none<Lost<${before}, ${after}>>()`,
    },
    {
      bump: 'major',
      says: `${id}: a field that took a file does not now`,
      code: `none<Exclude<${files('Old')}, ${files('New')}>>()`,
    },
    {
      bump: 'minor',
      says: `${id}: a field takes a file that did not before`,
      code: `none<Exclude<${files('New')}, ${files('Old')}>>()`,
    },
    {
      bump: 'minor',
      says: `${id}: a request of now was none before`,
      code: `fits<${after}, ${before}>()`,
    },
    {
      bump: 'minor',
      says: `${id}: a field of the request is new`,
      code: `none<Lost<${after}, ${before}>>()`,
    },
  ]
}

function operationAssertions({ id, body }: Operation): Assertion[] {
  const [before, after] = [`Old[${quoted(id)}]`, `New[${quoted(id)}]`]
  const sent = ['Parameters', ...(body?.byModel ? [] : ['Body'])]
  return [
    ...sent.flatMap((part): Assertion[] => [
      {
        bump: 'major',
        says: `${id}: what could be sent before cannot now`,
        code: `fits<${part}<${before}>, ${part}<${after}>>()`,
      },
      {
        bump: 'major',
        says: `${id}: a field that could be sent is gone`,
        code: `none<Lost<${part}<${before}>, ${part}<${after}>>>()`,
      },
      {
        bump: 'minor',
        says: `${id}: more can be sent`,
        code: `fits<${part}<${after}>, ${part}<${before}>>()`,
      },
      {
        bump: 'minor',
        says: `${id}: a field that can be sent is new`,
        code: `none<Lost<${part}<${after}>, ${part}<${before}>>>()`,
      },
    ]),
    {
      bump: 'major',
      says: `${id}: the answer is not what it was`,
      code: `fits<Answer<${after}>, Answer<${before}>>()`,
    },
    {
      bump: 'major',
      says: `${id}: a field of the answer is gone`,
      code: `none<Lost<Answer<${before}>, Answer<${after}>>>()`,
    },
    {
      bump: 'minor',
      says: `${id}: the answer says more`,
      code: `fits<Answer<${before}>, Answer<${after}>>()`,
    },
    {
      bump: 'minor',
      says: `${id}: a field of the answer is new`,
      code: `none<Lost<Answer<${after}>, Answer<${before}>>>()`,
    },
  ]
}

/** The lines of judge.ts that the compiler complains about. */
async function complaints(folder: string): Promise<number[]> {
  // The root's compiler, which is the quick one; the older one beside it is for openapi-typescript
  // alone.
  const tsc = resolve(import.meta.dirname, '../../../node_modules/typescript/bin/tsc')
  const said = await promisify(execFile)(
    process.execPath,
    [tsc, '-p', folder, '--pretty', 'false'],
    {
      cwd: folder,
      maxBuffer: 64 * 2 ** 20,
    },
  ).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  )
  const other = said
    .split('\n')
    .find((line) => /error TS/.test(line) && !line.startsWith('judge.ts('))
  if (other) {
    throw new Error(`The types of a document do not compile: ${other}`)
  }
  return [...said.matchAll(/^judge\.ts\((\d+),/gm)].map(([, line]) => Number(line))
}

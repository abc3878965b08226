import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPrism, type Prism } from 'test-kit/prism'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../generated/contract.ts'
import { contractCases, type ContractCase } from './cases.ts'
import { mutants, type Mutant } from './mutants.ts'

interface ApiDocument {
  readonly security: unknown
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

const original = withOneModel(createRequire(import.meta.url)('@apikley/types/openapi.json'))
const cases = operations.flatMap((operation) => contractCases(operation))
let folder: string
let prism: Prism

/** One Prism serves all changed documents, each below a path of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-mutants-'))
  const documents = [original, ...mutants.map((mutant) => withOnePath(mutant))]
  const parts = documents.map((document, index) => below(`/${index}`, document))
  const file = join(folder, 'openapi.json')
  await writeFile(
    file,
    JSON.stringify({
      ...original,
      paths: Object.assign({}, ...parts.map(({ paths }) => paths)),
      components: {
        ...Object.fromEntries(
          ['schemas', 'examples', 'responses'].map((kind) => [
            kind,
            Object.assign({}, ...parts.map(({ components }) => components[kind])),
          ]),
        ),
        securitySchemes: original.components.securitySchemes,
      },
    }),
  )
  prism = await startPrism(file)
})
afterAll(async () => {
  await prism.stop()
  await rm(folder, { recursive: true })
})

test('the same contract tests accept the original document', async () => {
  const service = { url: `${prism.url}/0`, isPrism: true }
  const titles = new Set(mutants.map(({ fails }) => fails))
  for (const title of titles) {
    await expect(caseOf(title).check(service)).resolves.toBeUndefined()
  }
})

test.each(mutants.map((mutant, index) => ({ ...mutant, index })))(
  'the contract tests notice when $title',
  async ({ fails, index }) => {
    const service = { url: `${prism.url}/${index + 1}`, isPrism: true }
    await expect(caseOf(fails).check(service)).rejects.toMatchObject({ name: 'AssertionError' })
  },
)

function caseOf(title: string): ContractCase {
  const found = cases.find((candidate) => candidate.title === title)
  if (found === undefined) {
    throw new Error(`No contract case has the title "${title}"`)
  }
  return found
}

/** The document without the other models. Prism then starts sooner. */
function withOneModel({ components, ...document }: ApiDocument): ApiDocument {
  const { schemas = {}, ...others } = components
  const model = 'IdeogramV3Reframe'
  const kept = Object.entries(schemas).filter(
    ([name]) => !/(Input|Request)$/.test(name) || name.startsWith(model),
  )
  const request = { oneOf: [{ $ref: `#/components/schemas/${model}Request` }] }
  return {
    ...document,
    components: {
      ...others,
      schemas: { ...Object.fromEntries(kept), CreateTaskRequest: request },
    },
  }
}

/** The document of a mutant, with the path that its case needs. Prism then starts sooner. */
function withOnePath(mutant: Mutant): ApiDocument {
  const document = changed(mutant)
  const { operation } = caseOf(mutant.fails)
  const [path = ''] =
    Object.entries(original.paths).find(([, item]) =>
      Object.values(item).some((method) => Reflect.get(method, 'operationId') === operation),
    ) ?? []
  return { ...document, paths: { [path]: document.paths[path] ?? {} } }
}

/** A copy of the document with the change of a mutant. */
function changed({ at, value }: Mutant): ApiDocument {
  const copy = structuredClone(original)
  const parent = at.slice(0, -1).reduce((here: object, key) => Object(Reflect.get(here, key)), copy)
  const key = at.at(-1) ?? ''
  if (value === undefined) {
    expect(Object.keys(parent)).toContain(key)
    Reflect.deleteProperty(parent, key)
  } else {
    Reflect.set(parent, key, value)
  }
  return copy
}

/** The document with its paths below a prefix, and with components that have names of their own. */
function below(prefix: string, document: ApiDocument): ApiDocument {
  const name = prefix.slice(1)
  const text = JSON.stringify(document).replaceAll(
    /#\/components\/(\w+)\//g,
    `#/components/$1/${name}-`,
  )
  const { security, paths, components }: ApiDocument = JSON.parse(text)
  return {
    security,
    paths: rename(paths, (path) => `${prefix}${path}`),
    components: Object.fromEntries(
      Object.entries(components).map(([kind, members]) => [
        kind,
        rename(members, (member) => `${name}-${member}`),
      ]),
    ),
  }
}

function rename<Value>(
  members: Readonly<Record<string, Value>>,
  to: (name: string) => string,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [to(name), value]))
}

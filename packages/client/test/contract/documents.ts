import { createRequire } from 'node:module'
import { operations } from '../generated/contract.ts'
import { contractCases, QUICK_MODELS, type ContractCase } from './cases.ts'
import { mutants, type Mutant } from './mutants.ts'

interface ApiDocument {
  readonly security: unknown
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

const compiled: ApiDocument = createRequire(import.meta.url)('@apikley/types/openapi.json')
const original = withModels(compiled, ['ideogram/v3-reframe'])
const cases = operations.flatMap((operation) => contractCases(operation))

/**
 * The document that one Prism serves: the compiled document with a few models, and below `/0`,
 * `/1` and so on the original of the mutants and each mutant.
 */
export function quickDocument(): object {
  const quick = withModels(compiled, QUICK_MODELS)
  const documents = [original, ...mutants.map((mutant) => withOnePath(mutant))]
  const parts = [quick, ...documents.map((document, index) => below(`/${index}`, document))]
  const kinds = ['schemas', 'examples', 'responses', 'parameters']
  return {
    ...quick,
    paths: Object.assign({}, ...parts.map(({ paths }) => paths)),
    components: {
      ...quick.components,
      ...Object.fromEntries(
        kinds.map((kind) => [
          kind,
          Object.assign({}, ...parts.map((part) => part.components[kind])),
        ]),
      ),
    },
  }
}

export function caseOf(title: string): ContractCase {
  const found = cases.find((candidate) => candidate.title === title)
  if (found === undefined) {
    throw new Error(`No contract case has the title "${title}"`)
  }
  return found
}

/** The document with some of its models. Prism then starts sooner, and answers sooner. */
function withModels(document: ApiDocument, models: readonly string[]): ApiDocument {
  const { schemas = {}, ...others } = document.components
  const requests = models.map((model) => {
    const name = Object.keys(schemas).find((each) => modelOf(schemas[each]) === model)
    if (name === undefined) {
      throw new Error(`The document has no model ${model}`)
    }
    return name
  })
  const inputs = requests.map((name) => name.replace(/Request$/, 'Input'))
  const kept = Object.entries(schemas).filter(
    ([name]) => !/(Input|Request)$/.test(name) || [...requests, ...inputs].includes(name),
  )
  const oneOf = requests.map((name) => ({ $ref: `#/components/schemas/${name}` }))
  return {
    ...document,
    components: {
      ...others,
      schemas: { ...Object.fromEntries(kept), CreateTaskRequest: { oneOf } },
    },
  }
}

/** The id of the model whose request this schema describes. */
function modelOf(schema: object | undefined): string {
  return String(Object(schema).properties?.model?.enum)
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
    if (!Object.keys(parent).includes(key)) {
      throw new Error(`The document has nothing at ${at.join('.')}`)
    }
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

import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { isObject, SpecError, type Json, type JsonObject } from '../compile/json.ts'
import type { ModelDocument } from '../compile/model-document.ts'
import type { OperationDocument } from '../compile/operation-document.ts'
import { subjectOf, type Published } from '../compile/published.ts'
import { parse, type Parsed } from '../compile/read.ts'
import { readingRules, rulesFor } from '../compile/rules.ts'
import { extract } from './extract.ts'
import { expectedPlace, place } from './place.ts'
import { createStage } from './stage.ts'

/** What a document would become. */
export type Report = { accepted: boolean; text: string }

/** What a document is compared with and tried in. */
export type Surroundings = {
  root: string
  /** What is here already, by model id or operation. */
  known: Map<string, string>
  /** Throws a SpecError when the documents below a root cannot be used together. */
  tryOut: (root: string) => Promise<unknown>
}

/** Tells what a document, or a page with one in it, would become, and changes nothing. */
export async function checkDocument(
  page: string,
  name: string,
  { root, known, tryOut }: Surroundings,
): Promise<Report> {
  let parsed: Parsed | undefined
  let offset = 0
  let expected = ''
  try {
    const { text, before, spec: named } = extract(page, name)
    offset = before
    expected = expectedPlace({ spec: undefined, name }, named)
    parsed = parse(text, name, before)
    const { published, spec } = await place(
      root,
      parsed.value,
      { spec: undefined, name },
      named,
      known,
    )
    await tryIn(root, spec, text, tryOut)
    return { accepted: true, text: describe(published, applied(parsed.value, published), known) }
  } catch (error) {
    if (!(error instanceof SpecError)) {
      throw error
    }
    return {
      accepted: false,
      text: refusal(error, name, expected, parsed && lineIn(parsed, error.path, offset)),
    }
  }
}

async function tryIn(
  root: string,
  spec: string,
  text: string,
  tryOut: Surroundings['tryOut'],
): Promise<void> {
  const stage = await createStage(root)
  try {
    await stage.put(spec, text)
    await tryOut(stage.root)
  } finally {
    await stage.remove()
  }
}

/** The line in the file that was given, where the document may stand behind prose. */
function lineIn(parsed: Parsed, path: string[], offset: number): number | undefined {
  const line = parsed.lineOf(path)
  return line === undefined ? undefined : line + offset
}

/** The rules that change something about the document. They are applied to it on the way. */
function applied(raw: JsonObject, document: Published): { name: string; why: string }[] {
  const changing = rulesFor(document).filter(({ apply }) => {
    const before = structuredClone(document)
    apply()
    return !isDeepStrictEqual(before, document)
  })
  return [...readingRules.filter(({ applies }) => applies(raw, document.kind)), ...changing]
}

function describe(
  document: Published,
  named: { name: string; why: string }[],
  known: Map<string, string>,
): string {
  const file = known.get(subjectOf(document))
  const is = file ? `would replace ${isSupplement(file) ? 'what stands in ' : ''}${file}` : 'new'
  return [
    ...(document.kind === 'model' ? describeModel(document, is) : describeOperation(document, is)),
    ...named.map(({ name, why }) => `  rule    ${name}: ${why}`),
  ].join('\n')
}

const isSupplement = (file: string): boolean => file.startsWith('specs/supplements/')

function describeModel({ model, name, request }: ModelDocument, is: string): string[] {
  return [
    `  model   ${model} (${is})`,
    `  names   ${name}Request, ${name}Input`,
    `  input   ${fields(isObject(request.properties) ? request.properties.input : undefined)}`,
  ]
}

function describeOperation(
  { path, method, operation, answer }: OperationDocument,
  is: string,
): string[] {
  const body =
    isObject(operation.requestBody) && isObject(operation.requestBody.content)
      ? Object.values(operation.requestBody.content)[0]
      : undefined
  return [
    `  operation  ${method.toUpperCase()} ${path} (${is})`,
    ...(isObject(body) ? [`  body       ${fields(body.schema)}`] : []),
    `  gives      ${answer.data ? fields(answer.data) || String(answer.data.type) : 'nothing'}`,
  ]
}

/** The names of a schema's fields, the required ones with a star. */
function fields(schema: Json | undefined): string {
  const required = isObject(schema) && Array.isArray(schema.required) ? schema.required : []
  const names = Object.keys(
    isObject(schema) && isObject(schema.properties) ? schema.properties : {},
  )
  return names.map((name) => (required.includes(name) ? `${name}*` : name)).join(', ')
}

function refusal(error: SpecError, name: string, place: string, line: number | undefined): string {
  const said = `  refused${line === undefined ? '' : ` at line ${line}`}: ${error.message.replace(`${name}: `, '')}`
  if (!error.mend) {
    return said
  }
  const overlay = {
    overlay: '1.0.0',
    info: { title: 'What is put right', version: '1.0.0', 'x-reason': 'Why this is so' },
    extends: `../upstream/${place}.yaml`,
    actions: [error.mend],
  }
  return `${said}\n  An overlay in specs/overlays would mend it, with what you know to be true:\n\n${stringify(overlay).replaceAll(/^/gm, '    ')}`.trimEnd()
}

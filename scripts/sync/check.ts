import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { isObject, SpecError, type Json, type JsonObject } from '../compile/json.ts'
import type { ModelDocument } from '../compile/model-document.ts'
import type { OperationDocument } from '../compile/operation-document.ts'
import { checkExpected, readPublished, subjectOf, type Published } from '../compile/published.ts'
import { parse, type Parsed } from '../compile/read.ts'
import { readingRules, rulesFor } from '../compile/rules.ts'
import { extract } from './extract.ts'

/** What a document would become. */
export type Report = { accepted: boolean; text: string }

/**
 * Tells what a document, or a page with one in it, would become, and changes nothing.
 *
 * @param known what is here already, by model id or operation
 */
export function checkDocument(page: string, name: string, known: Map<string, string>): Report {
  let parsed: Parsed | undefined
  let offset = 0
  try {
    const { text, before } = extract(page, name)
    offset = before
    parsed = parse(text, name)
    const document = readPublished(parsed.value, name)
    checkExpected(document, (subject) => known.has(subject))
    return { accepted: true, text: describe(document, applied(parsed.value, document), known) }
  } catch (error) {
    if (!(error instanceof SpecError)) throw error
    return { accepted: false, text: refusal(error, name, parsed && lineIn(parsed, error.path, offset)) }
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

function describe(document: Published, named: { name: string; why: string }[], known: Map<string, string>): string {
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

function describeOperation({ path, method, operation, answer }: OperationDocument, is: string): string[] {
  const body =
    isObject(operation.requestBody) && isObject(operation.requestBody.content) ? Object.values(operation.requestBody.content)[0] : undefined
  return [
    `  operation  ${method.toUpperCase()} ${path} (${is})`,
    ...(isObject(body) ? [`  body       ${fields(body.schema)}`] : []),
    `  gives      ${answer.data ? fields(answer.data) || String(answer.data.type) : 'nothing'}`,
  ]
}

/** The names of a schema's fields, the required ones with a star. */
function fields(schema: Json | undefined): string {
  const required = isObject(schema) && Array.isArray(schema.required) ? schema.required : []
  const names = Object.keys(isObject(schema) && isObject(schema.properties) ? schema.properties : {})
  return names.map((name) => (required.includes(name) ? `${name}*` : name)).join(', ')
}

function refusal(error: SpecError, name: string, line: number | undefined): string {
  const said = `  refused${line === undefined ? '' : ` at line ${line}`}: ${error.message.replace(`${name}: `, '')}`
  if (!error.mend) return said
  const overlay = {
    overlay: '1.0.0',
    info: { title: 'What is put right', version: '1.0.0', 'x-reason': 'Why this is so' },
    extends: '../upstream/the-document.yaml',
    actions: [error.mend],
  }
  return `${said}\n  An overlay in specs/overlays would mend it, with what you know to be true:\n\n${stringify(overlay).replaceAll(/^/gm, '    ')}`.trimEnd()
}

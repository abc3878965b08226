import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { isObject, SpecError, type JsonObject } from '../compile/json.ts'
import { readModelDocument, type ModelDocument } from '../compile/model-document.ts'
import { parse, type Parsed } from '../compile/read.ts'
import { readingRules, rules } from '../compile/rules.ts'
import { extract } from './extract.ts'

/** What a document would become. */
export type Report = { accepted: boolean; text: string }

/**
 * Tells what a document, or a page with one in it, would become, and changes nothing.
 *
 * @param known the documents that are here already, by model id
 */
export function checkDocument(page: string, name: string, known: Map<string, string>): Report {
  let parsed: Parsed | undefined
  let offset = 0
  try {
    const { text, before } = extract(page, name)
    offset = before
    parsed = parse(text, name)
    const document = readModelDocument(parsed.value, name)
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
function applied(raw: JsonObject, document: ModelDocument): { name: string; why: string }[] {
  const changing = rules.filter((rule) => {
    const before = structuredClone(document)
    rule.apply(document)
    return !isDeepStrictEqual(before, document)
  })
  return [...readingRules.filter(({ applies }) => applies(raw)), ...changing]
}

function describe(document: ModelDocument, named: { name: string; why: string }[], known: Map<string, string>): string {
  const file = known.get(document.model)
  const input = isObject(document.request.properties) ? document.request.properties.input : undefined
  const required = isObject(input) && Array.isArray(input.required) ? input.required : []
  const fields = Object.keys(isObject(input) && isObject(input.properties) ? input.properties : {})
  return [
    `  model   ${document.model} (${file ? `would replace ${file}` : 'new'})`,
    `  names   ${document.name}Request, ${document.name}Input`,
    `  input   ${fields.map((field) => (required.includes(field) ? `${field}*` : field)).join(', ')}`,
    ...named.map(({ name, why }) => `  rule    ${name}: ${why}`),
  ].join('\n')
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

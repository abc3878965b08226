import { stringify } from 'yaml'
import { entriesOf, SpecError, stringsIn, valueAt, type Json } from '../compile/json.ts'
import type { ModelDocument } from '../compile/model-document.ts'
import { mediaOf, type OperationDocument } from '../compile/operation-document.ts'
import { operationSubject, subjectOf, type Published } from '../compile/published.ts'
import { parse, type Parsed } from '../compile/read.ts'
import { applyRules } from '../compile/rules.ts'
import { extract } from './extract.ts'
import { expectedSpec, pathOf, place, type Catalog } from './place.ts'
import { validateWith, type Validate } from './sync.ts'

export type Report = { isAccepted: boolean; text: string }

/** Reports what a sync would do with a document or page, and changes nothing. */
export async function checkDocument(
  page: string,
  name: string,
  catalog: Catalog,
  validate: Validate,
): Promise<Report> {
  const source = { spec: undefined, name }
  let parsed: Parsed | undefined
  let expected = ''
  try {
    const { text, linesBefore, spec: pageName } = extract(page, name)
    expected = expectedSpec(source, pageName)
    parsed = parse(text, name, linesBefore)
    const { published, spec } = place(catalog, parsed.value, source, pageName)
    await validateWith(catalog.root, [{ spec, text }], validate)
    const description = describe(published, catalog.files.get(subjectOf(published)))
    const rules = applyRules(published)
    return {
      isAccepted: true,
      text: [...description, ...rules.map((rule) => `  rule    ${rule.name}: ${rule.why}`)].join(
        '\n',
      ),
    }
  } catch (error) {
    if (!(error instanceof SpecError)) {
      throw error
    }
    return { isAccepted: false, text: refusal(error, name, expected, parsed?.lineOf(error.path)) }
  }
}

function describe(document: Published, file: string | undefined): string[] {
  let effect = 'new'
  if (file !== undefined) {
    const inside = file.startsWith('specs/supplements/') ? 'its description in ' : ''
    effect = `would replace ${inside}${file}`
  }
  return document.kind === 'model'
    ? describeModel(document, effect)
    : describeOperation(document, effect)
}

function describeModel({ model, name, request }: ModelDocument, effect: string): string[] {
  return [
    `  model   ${model} (${effect})`,
    `  names   ${name}Request, ${name}Input`,
    `  input   ${fieldNames(valueAt(request.properties, 'input'))}`,
  ]
}

function describeOperation(document: OperationDocument, effect: string): string[] {
  const [body] = mediaOf(document)
  const { data } = document.response
  return [
    `  operation  ${operationSubject(document)} (${effect})`,
    ...(body ? [`  body       ${fieldNames(body.schema)}`] : []),
    `  returns    ${data ? fieldNames(data) || String(data.type) : 'nothing'}`,
  ]
}

/** The names of a schema's fields. Required ones have a star. */
function fieldNames(schema: Json | undefined): string {
  const required = stringsIn(valueAt(schema, 'required'))
  return entriesOf(valueAt(schema, 'properties'))
    .map(([name]) => (required.includes(name) ? `${name}*` : name))
    .join(', ')
}

function refusal(error: SpecError, name: string, spec: string, line: number | undefined): string {
  const where = line === undefined ? '' : ` at line ${line}`
  const message = `  refused${where}: ${error.message.replace(`${name}: `, '')}`
  if (!error.fix) {
    return message
  }
  const overlay = {
    overlay: '1.0.0',
    info: { title: 'What the overlay fixes', version: '1.0.0', 'x-reason': 'Why the fix is right' },
    extends: `../${pathOf(spec).replace('specs/', '')}`,
    actions: [error.fix],
  }
  const example = stringify(overlay).replaceAll(/^/gm, '    ').trimEnd()
  return `${message}\n  An overlay in specs/overlays fixes it, with the right value:\n\n${example}`
}

import { stringify } from 'yaml'
import { SpecError } from '../compile/json.ts'
import type { Published } from '../compile/published.ts'
import { parse, type Parsed } from '../compile/read-document.ts'
import { applyRules } from '../compile/rules.ts'
import { extract } from './extract.ts'
import { expectedSpec, pathOf, place, type Catalog } from './place.ts'
import { LintError } from '../generate/findings.ts'
import { atLines, validateWith, type Validate } from './validate.ts'

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
  let linesBefore = 0
  try {
    const { text, spec: pageName, ...extracted } = extract(page, name)
    linesBefore = extracted.linesBefore
    expected = expectedSpec(source, pageName)
    parsed = parse(text, name, linesBefore)
    const { published, spec } = place(catalog, parsed.value, source, pageName)
    const generated = await validateWith(catalog.root, new Map([[pathOf(spec), text]]), validate)
    const own = (generated?.warnings ?? []).filter(({ file }) => file === pathOf(spec))
    const description = describe(published, catalog.files.get(published.subject))
    const rules = applyRules(published).map(({ name: rule, why }) => `  rule       ${rule}: ${why}`)
    const warnings = own.map(
      ({ message, line = 0 }) => `  warning    at line ${line + linesBefore}: ${message}`,
    )
    return { isAccepted: true, text: [description, ...rules, ...warnings].join('\n') }
  } catch (error) {
    if (!(error instanceof SpecError)) {
      throw error
    }
    const line = parsed?.lineOf(error.path)
    const refused = error instanceof LintError ? atLines(error.findings, linesBefore) : error
    return { isAccepted: false, text: refusal(refused, name, expected, line) }
  }
}

function describe(document: Published, file: string | undefined): string {
  const inside = file?.startsWith('specs/supplements/') ? 'its description in ' : ''
  const effect = file === undefined ? 'new' : `would replace ${inside}${file}`
  return `  ${document.kind.padEnd(10)} ${document.subject} (${effect})`
}

function refusal(error: SpecError, name: string, spec: string, line: number | undefined): string {
  const where = line === undefined ? '' : ` at line ${line}`
  const message = `  refused${where}: ${error.message.replace(`${name}: `, '')}`
  if (error.fix.length === 0) {
    return message
  }
  const overlay = {
    overlay: '1.0.0',
    info: { title: 'What the overlay fixes', version: '1.0.0', 'x-reason': 'Why the fix is right' },
    extends: `../${pathOf(spec).replace('specs/', '')}`,
    actions: error.fix,
  }
  const example = stringify(overlay).replaceAll(/^/gm, '    ').trimEnd()
  return `${message}\n  An overlay in specs/overlays fixes it, with the right value:\n\n${example}`
}

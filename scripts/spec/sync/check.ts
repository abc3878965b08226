import { stringify } from 'yaml'
import { SpecError } from '../compile/json.ts'
import type { Published } from '../compile/published.ts'
import { parse, type Parsed } from '../compile/read-document.ts'
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
    const description = describe(published, catalog.files.get(published.subject))
    const rules = applyRules(published).map(({ name: rule, why }) => `  rule       ${rule}: ${why}`)
    return { isAccepted: true, text: [description, ...rules].join('\n') }
  } catch (error) {
    if (!(error instanceof SpecError)) {
      throw error
    }
    return { isAccepted: false, text: refusal(error, name, expected, parsed?.lineOf(error.path)) }
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

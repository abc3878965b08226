import { stringify } from 'yaml'
import { SpecError, type JsonObject, type OverlayAction } from '../compile/json.ts'
import { parse, readText, type Parsed } from '../compile/read-document.ts'
import { applyRules } from '../compile/document-rules.ts'
import { extract } from './extract.ts'
import { expectedSpec, pathOf, place, type Catalog } from './place.ts'
import { fileFault } from '../file-error.ts'
import { LintError } from '../generate/findings.ts'
import { atLines, validateWith, type Validate } from './validate.ts'

/** The step that refuses a document. */
export type RefusalRule = 'unreadable' | 'unsupported' | 'invalid'

/** The result of a check, as `--json` prints it. */
export type Finding = {
  file: string
  document?: { kind: string; subject: string; effect: string }
  /** The rules that change the document. */
  rules?: { rule: string; message: string }[]
  /** The examples that are repaired, and what the linter warns of. */
  warnings?: { message: string; line: number }[]
  refusal?: { rule: RefusalRule; message: string; line?: number; overlay?: JsonObject }
}

/** Reports what a sync would do with a file, and changes nothing. */
export async function inspect(
  file: string,
  catalog: Catalog,
  validate: Validate,
): Promise<Finding> {
  const page = await readText(file, file).catch((error: unknown) => error)
  return typeof page === 'string'
    ? inspectPage(page, file, catalog, validate)
    : { file, refusal: { rule: 'unreadable', message: fileFault(page) ?? String(page) } }
}

/** As `inspect`, for the text of a document or page. */
export async function inspectPage(
  page: string,
  file: string,
  catalog: Catalog,
  validate: Validate,
): Promise<Finding> {
  const source = { spec: undefined, name: file }
  let rule: RefusalRule = 'unreadable'
  let parsed: Parsed | undefined
  let expected = ''
  let before = 0
  try {
    const { text, spec: pageName, linesBefore } = extract(page, file)
    before = linesBefore
    expected = expectedSpec(source, pageName)
    parsed = parse(text, file, linesBefore)
    rule = 'unsupported'
    const { published, spec } = place(catalog, parsed.value, source, pageName)
    rule = 'invalid'
    const path = pathOf(spec)
    const generated = await validateWith(catalog.root, new Map([[path, text]]), validate)
    const own = generated?.warnings.filter((each) => each.file === path) ?? []
    const { kind, subject } = published
    const old = catalog.files.get(subject)
    const inside = old?.startsWith('specs/supplements/') ? 'its description in ' : ''
    return {
      file,
      document: { kind, subject, effect: old ? `would replace ${inside}${old}` : 'new' },
      rules: applyRules(published).map(({ name, why }) => ({ rule: name, message: why })),
      warnings: own.map(({ message, line = 0 }) => ({ message, line: line + linesBefore })),
    }
  } catch (error) {
    if (!(error instanceof SpecError)) {
      throw error
    }
    const { message, fix } = error instanceof LintError ? atLines(error.findings, before) : error
    const line = parsed?.lineOf(error.path)
    return {
      file,
      refusal: {
        rule,
        message: message.replace(`${file}: `, ''),
        ...(line === undefined ? {} : { line }),
        ...(fix.length > 0 ? { overlay: overlayFor(fix, expected) } : {}),
      },
    }
  }
}

const overlayFor = (fix: OverlayAction[], spec: string): JsonObject => ({
  overlay: '1.0.0',
  info: { title: 'What the overlay fixes', version: '1.0.0', 'x-reason': 'Why the fix is right' },
  extends: `../${pathOf(spec).replace('specs/', '')}`,
  actions: fix,
})

/** A finding as text. */
export function toReport({ document, rules = [], warnings = [], refusal }: Finding): string {
  if (refusal) {
    const { message, line, overlay } = refusal
    const where = line === undefined ? '' : ` at line ${line}`
    const fix = overlay && stringify(overlay).replaceAll(/^/gm, '    ').trimEnd()
    const advice = `\n  An overlay in specs/overlays fixes it, with the right value:\n\n${fix}`
    return `  refused${where}: ${message}${fix ? advice : ''}`
  }
  return [
    `  ${document?.kind.padEnd(10)} ${document?.subject} (${document?.effect})`,
    ...rules.map(({ rule, message }) => `  rule       ${rule}: ${message}`),
    ...warnings.map(({ message, line }) => `  warning    at line ${line}: ${message}`),
  ].join('\n')
}

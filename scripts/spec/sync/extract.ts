import { SpecError } from '../compile/json.ts'

/** An OpenAPI document as it stands in what was retrieved. */
export type Extracted = {
  /** The document, byte for byte. */
  text: string
  /** The name that a documentation page gives it, for instance `market/ideogram/v3-reframe`. */
  spec: string | undefined
  /** How many lines stand before it. */
  before: number
}

const start = /^(openapi: |"?openapi"?:|openapi:)/

/**
 * Takes the OpenAPI block out of a documentation page, as text or Markdown, or gives a raw document
 * back. Prose stands before the block, and a line or two behind it; the document itself is not
 * touched.
 */
export function extract(page: string, name: string): Extracted {
  if (/^\s*\{/.test(page)) {
    return { text: page, spec: undefined, before: 0 }
  }
  const lines = page.split(/(?<=\n)/)
  const starts = lines.flatMap((line, index) => (start.test(line) ? [index] : []))
  // Comments at the top of a document are part of it, and then so is everything behind them.
  const head = lines.findIndex((line) => !/^\s*(#|---|$)/.test(line))
  if (starts[0] === head && starts.length === 1 && !lines.some((line) => line.startsWith('```'))) {
    return { text: page, spec: undefined, before: 0 }
  }
  const first = starts[0] === head ? 0 : starts[0]
  if (first === undefined) {
    throw new SpecError(`${name}: there is no line that begins with "openapi:"`)
  }
  if (starts.length > 1) {
    throw new SpecError(
      `${name}: there are ${starts.length} OpenAPI blocks; put each in a source of its own`,
    )
  }

  let end = first
  for (let index = first; index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (/^```/.test(line) || !belongs(line)) {
      break
    }
    if (line.trim() !== '') {
      end = index
    }
  }
  const text = lines.slice(first, end + 1).join('')
  return {
    text: text.endsWith('\n') ? text : `${text}\n`,
    spec: specName(lines.slice(0, first)),
    before: first,
  }
}

/**
 * Whether a line can be part of an OpenAPI document: indented, empty, a comment, an item of a list,
 * or a key that such a document has at its top.
 */
const belongs = (line: string): boolean =>
  /^(\s|$|#|- |(["']?)(openapi|info|servers|paths|components|security|tags|externalDocs|webhooks|jsonSchemaDialect|x-[^\s:]+)\2:(\s|$))/.test(
    line,
  )

/**
 * Pages name the document and its operation in the line above it: `market/ideogram/v3-reframe.json
 * post /api/v1/jobs/createTask`.
 */
function specName(before: string[]): string | undefined {
  for (const line of before.toReversed()) {
    const name = /(?:^|\s)([\w./-]+)\.(?:json|ya?ml)\s+(?:get|post|put|patch|delete)\s+\//i.exec(
      line,
    )?.[1]
    if (name !== undefined) {
      return name
    }
  }
  return undefined
}

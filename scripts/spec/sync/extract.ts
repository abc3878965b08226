import { assertSpec } from '../compile/json.ts'

/** An OpenAPI document inside a page. */
export type Extracted = {
  /** The document, byte for byte. */
  text: string
  /** The name that the page gives it, for instance `market/ideogram/v3-reframe`. */
  spec: string | undefined
  /** The lines of the page before the document. */
  linesBefore: number
}

const START = /^"?openapi"?:/

/**
 * Extracts the OpenAPI block of a documentation page in text or Markdown. A page that is a document
 * is returned as it is.
 */
export function extract(page: string, name: string): Extracted {
  const lines = page.split(/(?<=\n)/)
  const starts = lines.flatMap((line, index) => (START.test(line) ? [index] : []))
  // Comments at the top of a document belong to it.
  const head = lines.findIndex((line) => !/^\s*(#|---|$)/.test(line))
  const isDocument =
    // The keys of a document have any order.
    (starts[0] === head || lines.every(belongs)) &&
    starts.length === 1 &&
    !lines.some((line) => line.startsWith('```'))
  if (isDocument || /^\s*\{/.test(page)) {
    return { text: page, spec: undefined, linesBefore: 0 }
  }
  const first = starts[0] === head ? 0 : starts[0]
  assertSpec(first !== undefined, `${name}: there is no line that begins with "openapi:"`)
  assertSpec(
    starts.length <= 1,
    `${name}: there are ${starts.length} OpenAPI blocks; put each in a source of its own`,
  )

  const after = lines.findIndex((line, index) => index > first && !belongs(line))
  const block = lines.slice(first, after < 0 ? undefined : after)
  const last = block.findLastIndex((line) => line.trim() !== '')
  const text = block.slice(0, last + 1).join('')
  return {
    text: text.endsWith('\n') ? text : `${text}\n`,
    spec: specName(lines.slice(0, first)),
    linesBefore: first,
  }
}

/** Lines of a document are indented, empty, comments, items of a list or known top-level keys. */
const belongs = (line: string): boolean =>
  /^(\s|$|#|- |(["']?)(openapi|info|servers|paths|components|security|tags|externalDocs|webhooks|jsonSchemaDialect|x-[^\s:]+)\2:(\s|$))/.test(
    line,
  )

/** Pages name the document above it: `market/ideogram/v3-reframe.json post /api/v1/jobs/createTask`. */
function specName(linesBefore: string[]): string | undefined {
  const names = linesBefore.map(
    (line) =>
      /(?:^|\s)([\w./-]+)\.(?:json|ya?ml)\s+(?:get|post|put|patch|delete)\s+\//i.exec(line)?.[1],
  )
  return names.findLast((name) => name !== undefined)
}

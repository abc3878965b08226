import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApikleyError, type ApikleyErrorKind } from '../../../packages/client/src/errors.ts'
import { assertSpec } from '../compile/json.ts'

/** The page with the table of error kinds. */
export const ERROR_KINDS_PAGE = 'packages/client/README.md'

/** That page with the table, made from the comment and the code of the client. */
export async function pageWithErrorKinds(root: string): Promise<string> {
  const page = await readFile(join(root, ERROR_KINDS_PAGE), 'utf8')
  const source = await readFile(join(root, 'packages/client/src/errors.ts'), 'utf8')
  const marked = /(?<=<!-- kinds -->\n\n)[^]*?(?=\n<!-- \/kinds -->)/
  assertSpec(
    marked.test(page),
    `${ERROR_KINDS_PAGE} has no block between <!-- kinds --> and <!-- /kinds -->.`,
  )
  return page.replace(marked, () => table(kindsIn(source)))
}

/** The kinds and their meanings, from the list in the comment of the type. */
function kindsIn(source: string): [kind: string, charge: string, meaning: string][] {
  const [, comment = '', union = ''] =
    /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport type ApikleyErrorKind =\n((?: {2}\| '.*'\n)+)/.exec(
      source,
    ) ?? []
  const items = comment.matchAll(/^ \* - `(.+?)`: (.*\n(?: \* {3}.*\n)*)/gm)
  const meanings = new Map(
    Array.from(items, ([, kind, text = '']) => [kind, text.replaceAll(/\n( \* +)?/g, ' ').trim()]),
  )
  const kinds = Array.from(union.matchAll(/'(.*)'/g), ([, kind = '']) => kind)
  assertSpec(
    kinds.length > 0 && kinds.length === meanings.size,
    'The comment of ApikleyErrorKind has to list each kind once.',
  )
  const isKind = (kind: string): kind is ApikleyErrorKind => meanings.has(kind)
  return kinds.map((kind) => {
    assertSpec(isKind(kind), `The comment of ApikleyErrorKind does not list ${kind}.`)
    const { charge } = new ApikleyError({ kind, message: '' })
    return [`\`${kind}\``, `\`${charge}\``, meanings.get(kind) ?? '']
  })
}

/** A Markdown table with aligned columns. */
function table(rows: readonly (readonly string[])[]): string {
  const head = ['`kind`', '`charge`', 'meaning']
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)),
  )
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |\n`
  return [line(head), line(['', '', ''], '-'), ...rows.map((row) => line(row))].join('')
}

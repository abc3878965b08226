import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../compile/json.ts'
import { highest, type Bump } from './bump.ts'
import { comparePackages } from './packages.ts'
import { compareStructure, type Change } from './structure.ts'
import { compareTypes } from './types.ts'

export type Diff = {
  /** The highest of the three judges. */
  bump: Bump
  judges: { redocly: Bump; types: Bump; packages: Bump }
  changes: Change[]
  reasons: string[]
}

/** What a new version of the compiled document means to whoever uses the packages. */
export async function diff(base: JsonObject, revision: JsonObject): Promise<Diff> {
  if (isDeepStrictEqual(base, revision)) {
    return {
      bump: 'none',
      judges: { redocly: 'none', types: 'none', packages: 'none' },
      changes: [],
      reasons: [],
    }
  }
  const packages = comparePackages(base, revision)
  const [structure, types] = await Promise.all([
    compareStructure(base, revision),
    compareTypes(base, revision),
  ])
  const told = new Set(packages.changes.map(where))
  return {
    // What no judge has an eye for is still a change.
    bump: highest([structure.bump, types.bump, packages.bump, 'patch']),
    judges: { redocly: structure.bump, types: types.bump, packages: packages.bump },
    changes: [
      ...structure.changes.filter((change) => !told.has(where(change))),
      ...packages.changes,
    ],
    reasons: types.reasons,
  }
}

const where = ({ subject, place, property }: Change): string =>
  [subject, place, property].filter(Boolean).join('.')

/** The changes as a Markdown table, by model or operation. */
export function table({ changes }: Diff): string {
  const rows = changes.map(({ subject, place, kind, property, impact, text }) =>
    [
      code(subject),
      code([place, property].filter(Boolean).join(' ')),
      kind,
      impact,
      code(text),
    ].join(' | '),
  )
  const lines = [...new Set(rows)].toSorted().map((row) => `| ${row} |`)
  return ['| what | where | change | bump | |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  )
}

/**
 * The words of strangers, in a cell that they cannot leave, and in which nothing is a link, a
 * mention, a tag or a comment.
 */
function code(text: string): string {
  const line = text
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .replaceAll('`', "'")
    .trim()
  // In a table a backslash escapes a pipe, also inside code, unless it is escaped itself.
  return line && `\`${line.replaceAll(/(\\*)\|/g, '$1$1\\|')}\``
}

export function verdict({ bump, judges, reasons }: Diff): string {
  return [
    `Verdict: ${bump} (redocly: ${judges.redocly}, types: ${judges.types}, packages: ${judges.packages})`,
    ...reasons.map((reason) => `- ${reason}`),
  ].join('\n')
}

import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../compile/json.ts'
import { highest, type Bump } from './bump.ts'
import { compareStructure, type Change } from './structure.ts'
import { compareTypes } from './types.ts'

export type Diff = {
  /** The higher of the two judges. */
  bump: Bump
  judges: { redocly: Bump; types: Bump }
  changes: Change[]
  reasons: string[]
}

/** What a new version of the compiled document means to whoever uses the packages. */
export async function diff(base: JsonObject, revision: JsonObject): Promise<Diff> {
  if (isDeepStrictEqual(base, revision)) return { bump: 'none', judges: { redocly: 'none', types: 'none' }, changes: [], reasons: [] }
  const [structure, types] = await Promise.all([compareStructure(base, revision), compareTypes(base, revision)])
  return {
    // What neither judge has an eye for, an extension for one, is still a change.
    bump: highest([structure.bump, types.bump, 'patch']),
    judges: { redocly: structure.bump, types: types.bump },
    changes: structure.changes,
    reasons: types.reasons,
  }
}

/** The changes as a Markdown table, by model or operation. */
export function table({ changes }: Diff): string {
  const rows = changes.map(({ subject, place, kind, property, impact, text }) =>
    [subject, [place, property].filter(Boolean).join(' '), kind, impact, text].map(cell),
  )
  const lines = [...new Set(rows.map((row) => `| ${row.join(' | ')} |`))].toSorted()
  return ['| what | where | change | bump | |', '| --- | --- | --- | --- | --- |', ...lines].join('\n')
}

const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')

export function verdict({ bump, judges, reasons }: Diff): string {
  return [`Verdict: ${bump} (redocly: ${judges.redocly}, types: ${judges.types})`, ...reasons.map((reason) => `- ${reason}`)].join('\n')
}

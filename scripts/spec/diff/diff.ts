import { isDeepStrictEqual } from 'node:util'
import { type JsonObject } from '../compile/json.ts'
import { changesBetween, type Change } from './changes.ts'
import { compareFacts } from './facts.ts'
import { highest, type Bump, type Reason } from './reason.ts'
import { compareTypes } from './types.ts'

export type Diff = {
  /** The version that the change calls for. */
  bump: Bump
  /** The findings of both judges: the compiler for types, and a comparison of other facts. */
  reasons: Reason[]
  changes: Change[]
}

/** Rates a new version of the compiled document by its effect on programs that use the packages. */
export async function diff(base: JsonObject, revision: JsonObject): Promise<Diff> {
  if (isDeepStrictEqual(base, revision)) {
    return { bump: 'none', reasons: [], changes: [] }
  }
  const reasons = [...compareFacts(base, revision), ...(await compareTypes(base, revision))]
  return {
    // A change that no judge rates is still a change.
    bump: highest([...reasons.map(({ bump }) => bump), 'patch']),
    reasons,
    changes: changesBetween(base, revision),
  }
}

/** The changes as a Markdown table, sorted by model or operation. */
export function toTable({ changes }: Diff): string {
  const rows = changes.map(
    ({ subject, place, text }) => `| ${code(subject)} | ${code(place)} | ${code(text)} |`,
  )
  return ['| what | where | change |', '| --- | --- | --- |', ...rows.toSorted()].join('\n')
}

/**
 * Quotes text of a published document for a cell of a table. Nothing in it can end the cell, or act
 * as a link, a mention, a tag or a comment.
 */
function code(text: string): string {
  const line = text
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .replaceAll('`', "'")
    .trim()
  // A backslash escapes a pipe in a table, inside code too, unless another one escapes it.
  return line && `\`${line.replaceAll(/(\\*)\|/g, '$1$1\\|')}\``
}

/** The verdict and its reasons, the strictest first. */
export function toVerdict({ bump, reasons }: Diff): string {
  const lines = (['major', 'minor', 'patch'] as const).flatMap((step) =>
    reasons.filter((reason) => reason.bump === step).map(({ message }) => `- ${step}: ${message}`),
  )
  return [`Verdict: ${bump}`, ...lines].join('\n')
}

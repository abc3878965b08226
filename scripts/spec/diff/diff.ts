import { isDeepStrictEqual } from 'node:util'
import { entriesOf, valueAt, type Json, type JsonObject } from '../compile/json.ts'
import { compareFacts } from './compare-facts.ts'
import { highest, reason, type Bump, type Reason } from './version-rules.ts'
import { toText } from './compare-schemas.ts'
import { compareTypes } from './compare-types.ts'

export type Diff = {
  /** The version that the change calls for. */
  bump: Bump
  reasons: Reason[]
}

export const toDiff = (reasons: Reason[]): Diff => ({
  bump: highest(reasons.map(({ bump }) => bump)),
  reasons,
})

/**
 * Rates a new version of the compiled document by its effect on programs that use the packages. The
 * compiler rates types, and `facts.ts` everything else.
 */
export async function diff(base: JsonObject, revision: JsonObject): Promise<Diff> {
  if (isDeepStrictEqual(base, revision)) {
    return toDiff([])
  }
  const reasons = [...compareFacts(base, revision), ...(await compareTypes(base, revision))]
  return toDiff(reasons.length > 0 ? reasons : unrated(base, revision))
}

const MAX_UNRATED = 5

/** A change that no rule rates is still a change. */
function unrated(base: JsonObject, revision: JsonObject): Reason[] {
  const changes = changesAt(base, revision, [])
  return changes.length === 0
    ? [reason('document-changed', 'the order of the document changes')]
    : changes.slice(0, MAX_UNRATED).map((change) => reason('document-changed', change))
}

function changesAt(old: Json | undefined, now: Json | undefined, path: string[]): string[] {
  if (isDeepStrictEqual(old, now)) {
    return []
  }
  if (typeof old !== 'object' || typeof now !== 'object' || !old || !now) {
    return [`${path.join(' > ')}: ${toText(old, now)}`]
  }
  const keys = new Set([...entriesOf(old), ...entriesOf(now)].map(([key]) => key))
  return [...keys].flatMap((key) => changesAt(valueAt(old, key), valueAt(now, key), [...path, key]))
}

type Verdict = { bump: Bump; reasons: Pick<Reason, 'bump' | 'message'>[] }

/**
 * The verdict and its reasons as Markdown, the strictest first. The reasons quote text of published
 * documents. As code it cannot act as a link, a mention, a tag or a comment.
 */
export function toVerdict({ bump, reasons }: Verdict): string {
  return [`Verdict: ${bump}`, ...toLines(reasons)].join('\n')
}

/** One line for each reason, the strictest first. */
export function toLines(reasons: Verdict['reasons']): string[] {
  return (['major', 'minor', 'patch'] as const).flatMap((step) =>
    reasons
      .filter((each) => each.bump === step)
      .map(({ message }) => {
        const text = message.replaceAll(/[\s\p{C}]+/gu, ' ').replaceAll('`', "'")
        return `- ${step}: \`${text}\``
      }),
  )
}

import { isDeepStrictEqual } from 'node:util'
import { run } from '../../run.ts'
import { SpecError, type JsonObject } from '../compile/json.ts'
import { parse } from '../compile/read-document.ts'
import { compareFacts } from './facts.ts'
import { highest, type Bump, type Reason } from './reason.ts'
import { compareTypes } from './types.ts'

export type Diff = {
  /** The version that the change calls for. */
  bump: Bump
  /** The findings of both judges: the compiler for types, and a comparison of other facts. */
  reasons: Reason[]
}

/** Rates a new version of the compiled document by its effect on programs that use the packages. */
export async function diff(base: JsonObject, revision: JsonObject): Promise<Diff> {
  if (isDeepStrictEqual(base, revision)) {
    return { bump: 'none', reasons: [] }
  }
  const reasons = [...compareFacts(base, revision), ...(await compareTypes(base, revision))]
  return {
    // A change that no judge rates is still a change.
    bump: highest([...reasons.map(({ bump }) => bump), 'patch']),
    reasons,
  }
}

/**
 * The verdict and its reasons as Markdown, the strictest first. The reasons quote text of published
 * documents. As code it cannot act as a link, a mention, a tag or a comment.
 */
export function toVerdict({ bump, reasons }: Diff): string {
  const lines = (['major', 'minor', 'patch'] as const).flatMap((step) =>
    reasons
      .filter((reason) => reason.bump === step)
      .map(({ message }) => {
        const text = message.replaceAll(/[\s\p{C}]+/gu, ' ').replaceAll('`', "'")
        return `- ${step}: \`${text}\``
      }),
  )
  return [`Verdict: ${bump}`, ...lines].join('\n')
}

/** The compiled document of a commit. */
export async function documentAt(root: string, commit: string): Promise<JsonObject> {
  const name = `${commit}:specs/openapi.yaml`
  const text = await run('git', ['show', name], { cwd: root }).catch(() => {
    throw new SpecError(`specs/openapi.yaml does not exist at ${commit}`)
  })
  return parse(text, name).value
}

import { relative } from 'node:path'
import type { Compiled } from '../compile/compile.ts'
import { SpecError, type OverlayAction } from '../compile/json.ts'
import { locate } from '../compile/locate.ts'
import type { Problem } from './lint.ts'

/** What a check of the compiled document found, at its place in a published document. */
export type Finding = {
  message: string
  /** The published document below the root. Undefined for a supplement or overlay. */
  file: string | undefined
  line: number | undefined
}

/** A finding, and the overlay that fixes it. */
type Located = Finding & { fix: OverlayAction[] }

/** The errors of the linter. */
export class LintError extends SpecError {
  override name = 'LintError'
  readonly findings: readonly Located[]

  constructor(findings: Located[]) {
    super(findings.map(formatFinding).join('\n'))
    this.findings = findings
  }
}

/**
 * The repaired examples and the warnings of the linter.
 *
 * @throws {LintError} with the errors of the linter
 */
export async function findingsIn(
  root: string,
  compiled: Compiled,
  problems: Problem[],
): Promise<Finding[]> {
  const toFinding = async (message: string, path: string[]): Promise<Located> => {
    const place = await locate(compiled, path)
    if (!place) {
      const where = `(in ${path.join(' > ')} of the compiled document)`
      return { message: `${message} ${where}`, file: undefined, line: undefined, fix: [] }
    }
    const { origin, line, target } = place
    return { message, file: relative(root, origin.file), line, fix: [{ target, remove: true }] }
  }
  const found = (list: Problem[]): Promise<Located[]> =>
    Promise.all(list.map(({ rule, message, path }) => toFinding(`${rule}: ${message}`, path)))
  const errors = problems.filter(({ isError }) => isError)
  if (errors.length > 0) {
    throw new LintError(await found(errors))
  }
  const repaired = await Promise.all(
    compiled.repairs.map(({ what, path }) => toFinding(what, path)),
  )
  return [...repaired, ...(await found(problems))]
}

export function formatFinding({ message, file, line }: Finding): string {
  const place = [file, line].filter((part) => part !== undefined).join(':')
  return place ? `${place}: ${message}` : message
}

import { relative } from 'node:path'
import type { Compiled } from '../compile/compile.ts'
import { SpecError, type OverlayAction } from '../compile/json.ts'
import { Locator, type Place } from '../compile/locate.ts'
import type { Problem } from './lint.ts'

/** What a check of the compiled document found, at its place in a published document. */
export type Finding = {
  message: string
  /** The published document below the root. Undefined for a supplement or overlay. */
  file: string | undefined
  line: number | undefined
}

/** The errors of the linter. */
export class LintError extends SpecError {
  override name = 'LintError'
  readonly findings: readonly (Finding & { fix: OverlayAction[] })[]

  constructor(findings: (Finding & { fix: OverlayAction[] })[]) {
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
  { document, origins, repairs }: Compiled,
  problems: Problem[],
): Promise<Finding[]> {
  const locator = new Locator(document, origins)
  const toFinding = async (
    message: string,
    path: string[],
  ): Promise<Finding & { place: Place | undefined }> => {
    const place = await locator.locate(path)
    const where = place ? '' : ` (in ${path.join(' > ')} of the compiled document)`
    return {
      message: `${message}${where}`,
      file: place && relative(root, place.origin.file),
      line: place?.line,
      place,
    }
  }
  const linted = await Promise.all(
    problems.map(async ({ rule, message, path, isError }) => {
      return { ...(await toFinding(`${rule}: ${message}`, path)), isError }
    }),
  )
  const errors = linted.filter(({ isError }) => isError)
  if (errors.length > 0) {
    throw new LintError(
      errors.map(({ place, message, file, line }) => {
        const fix = place ? [{ target: place.target, remove: true } as const] : []
        return { message, file, line, fix }
      }),
    )
  }
  const repaired = await Promise.all(repairs.map(({ what, path }) => toFinding(what, path)))
  return [...repaired, ...linted].map(({ message, file, line }) => ({ message, file, line }))
}

export function formatFinding({ message, file, line }: Finding): string {
  const place = [file, line].filter((part) => part !== undefined).join(':')
  return place ? `${place}: ${message}` : message
}

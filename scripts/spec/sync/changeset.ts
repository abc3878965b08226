import { publishedPackages } from '../../release/packages.ts'
import { sha256 } from '../compile/shape.ts'
import { toLines, toVerdict, type Diff } from '../diff/diff.ts'
import { BUMPS, highest, type Bump, type Reason } from '../diff/version-rules.ts'

/** The last line of a changeset: the hash of its text, and those of the reasons that it has had. */
const RECORD = /\n<!-- spec:update (\w+) ?([\w ]*) -->\n?$/
const FRONT_MATTER = /^---\n[^]*?\n---\n/
const ROW = /(?<=: )(none|patch|minor|major)$/gm

const hash = (text: string): string => sha256(text).slice(0, 8)

const withRecord = (text: string, first: string, known: Iterable<string>): string =>
  `${text}\n<!-- spec:update ${[first, ...known].join(' ')} -->\n`

/**
 * The text of a changeset for a verdict. Undefined means that there is nothing to release. A
 * changeset that a maintainer has edited stays: new reasons are added below, and its bump is raised
 * only if a new reason calls for more.
 */
export async function changesetText(
  root: string,
  found: Diff,
  before: string | undefined,
): Promise<string | undefined> {
  const [, first = '', ids = ''] = RECORD.exec(before ?? '') ?? []
  const text = before?.replace(RECORD, '')
  const packages = await publishedPackages(root)
  const { name = '', manifest } = packages.find((each) => each.name.endsWith('/types')) ?? {}
  const isEarly = manifest?.version.startsWith('0.') === true
  if (text === undefined || hash(text) === first) {
    const fresh = freshText(name, toStep(found.bump, isEarly), found)
    return found.bump === 'none'
      ? undefined
      : withRecord(fresh, hash(fresh), toLines(found.reasons).map(hash))
  }
  const known = new Set(ids.split(' ').filter(Boolean))
  const reasons = found.reasons.filter((each) =>
    toLines([each]).every((line) => !known.has(hash(line)) && !text.includes(line)),
  )
  if (reasons.length === 0) {
    return before
  }
  const added = toLines(reasons)
  const bumps = reasons.map(({ bump }) => toStep(bump, isEarly))
  const raised = text.replace(FRONT_MATTER, (rows) =>
    rows.replace(ROW, (row) => highest([...BUMPS.filter((bump) => bump === row), ...bumps])),
  )
  return withRecord(`${raised.trimEnd()}\n${added.join('\n')}\n`, 'edited', [
    ...known,
    ...added.map(hash),
  ])
}

/** VERSIONING.md: below 1.0.0 a breaking change is a new minor version. */
const toStep = (bump: Bump, isEarly: boolean): Bump =>
  isEarly && bump === 'major' ? 'minor' : bump

/**
 * One row for each model or operation. The changeset names the package with the document alone: all
 * packages have one version, so one changelog is enough.
 */
function freshText(name: string, step: Bump, { bump, reasons }: Diff): string {
  const rows = toVerdict({ bump, reasons: bySubject(reasons) })
  return `---\n'${name}': ${step}\n---\n\nFollow the published documents.\n\n${rows}\n`
}

/** Joins the reasons that begin with the same model or operation. */
function bySubject(reasons: Reason[]): Pick<Reason, 'bump' | 'message'>[] {
  const groups = Map.groupBy(reasons, ({ message }) => message.split(': ', 1)[0] ?? '')
  return [...groups].map(([subject, group]) => ({
    bump: highest(group.map(({ bump }) => bump)),
    message: [
      group[0]?.message ?? '',
      ...group.slice(1).map(({ message }) => message.slice(subject.length + 2)),
    ].join('; '),
  }))
}

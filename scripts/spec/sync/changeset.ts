import { publishedPackages } from '../../release/packages.ts'
import { sha256 } from '../compile/shape.ts'
import { toLines, toVerdict, type Diff } from '../diff/diff.ts'
import { BUMPS, highest } from '../diff/reason.ts'

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
  if (text === undefined || hash(text) === first) {
    const fresh = await freshText(root, found)
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
  const bumps = reasons.map(({ bump }) => bump)
  const raised = text.replace(FRONT_MATTER, (rows) =>
    rows.replace(ROW, (row) => highest([...BUMPS.filter((bump) => bump === row), ...bumps])),
  )
  return withRecord(`${raised.trimEnd()}\n${added.join('\n')}\n`, 'edited', [
    ...known,
    ...added.map(hash),
  ])
}

async function freshText(root: string, found: Diff): Promise<string> {
  const packages = await publishedPackages(root)
  const bumps = packages.map(({ name }) => `'${name}': ${found.bump}`)
  return `---\n${bumps.join('\n')}\n---\n\nFollow the published documents.\n\n${toVerdict(found)}\n`
}

import { publishedPackages } from '../../release/packages.ts'
import { toVerdict, type Diff } from '../diff/diff.ts'
import { highest, type Reason } from '../diff/reason.ts'

/**
 * The changeset of a change of the documents, with one row for each model or operation. It names
 * the package with the document alone. All packages have one version, so one changelog is enough.
 */
export async function changesetText(root: string, { bump, reasons }: Diff): Promise<string> {
  const packages = await publishedPackages(root)
  const types = packages.find(({ name }) => name.endsWith('/types'))
  // VERSIONING.md: below 1.0.0 a breaking change is a new minor version.
  const isEarly = types?.manifest.version.startsWith('0.') === true
  const step = isEarly && bump === 'major' ? 'minor' : bump
  const rows = toVerdict({ bump, reasons: bySubject(reasons) })
  return `---\n'${types?.name}': ${step}\n---\n\nFollow the published documents.\n\n${rows}\n`
}

/** Joins the reasons that begin with the same model or operation. */
function bySubject(reasons: Reason[]): Reason[] {
  const groups = Map.groupBy(reasons, ({ message }) => message.split(': ', 1)[0] ?? '')
  return [...groups].map(([subject, group]) => ({
    bump: highest(group.map(({ bump }) => bump)),
    message: [
      group[0]?.message ?? '',
      ...group.slice(1).map(({ message }) => message.slice(subject.length + 2)),
    ].join('; '),
  }))
}

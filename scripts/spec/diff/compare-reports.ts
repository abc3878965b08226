import { mkdir, mkdtempDisposable, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from '../../release/packages.ts'
import { exportsOf, type Export } from './exports.ts'
import { inBoth, reason, type Reason } from './reason.ts'
import { reportText, type ApiReport } from './report.ts'
import type { Rule } from './rules.ts'
import { failedChecks, type Check } from './types.ts'

/**
 * Rates the API of all packages with the compiler: an export has to fit where the export of the last
 * release was used. Both versions are generated from the same document.
 */
export async function compareReports(before: ApiReport[], after: ApiReport[]): Promise<Reason[]> {
  const [from, to] = [before, after].map((reports) => reports.map(reportText).join(''))
  if (from === to) {
    return []
  }
  const { default: ts } = await import('typescript')
  const exportsIn = (reports: ApiReport[]): Map<string, Map<string, Export>> =>
    new Map(
      reports.flatMap((report) =>
        [...report.entries].map(([specifier, file]) => [specifier, exportsOf(ts, report, file)]),
      ),
    )
  const [olds, news] = [exportsIn(before), exportsIn(after)]
  const entries = inBoth(olds, news)
  const imports = entries.map(
    ([specifier], index) =>
      `import type * as Old${index} from '${specifierAt('old', before, specifier)}'\n` +
      `import type * as New${index} from '${specifierAt('new', after, specifier)}'`,
  )
  const checks = entries.flatMap(([specifier, from, to], index) =>
    inBoth(from, to).flatMap(([name, old, now]) =>
      checksFor(`${specifier}: ${name}`, `${index}.${name}`, old, now),
    ),
  )
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-api-'))
  const files = {
    ...(await filesOf('old', folder.path, before)),
    ...(await filesOf('new', folder.path, after)),
  }
  const found = await failedChecks(folder.path, files, imports.join('\n'), checks)
  const broken = new Set(
    found.filter(({ bump }) => bump === 'major').map(({ message }) => subjectOf(message)),
  )
  return [
    ...[...olds]
      .filter(([specifier]) => !news.has(specifier))
      .map(([specifier]) => reason('export-removed', `${specifier} is removed`)),
    ...entries.flatMap(([specifier, from, to]) => comparePresence(specifier, from, to)),
    ...found.filter(({ bump, message }) => bump === 'major' || !broken.has(subjectOf(message))),
  ]
}

/** The entry and the name of the export. */
const subjectOf = (message: string): string | undefined => /^.*: \S+/.exec(message)?.[0]

function comparePresence(
  specifier: string,
  before: Map<string, Export>,
  after: Map<string, Export>,
): Reason[] {
  const isGone = (name: string, each: Export): boolean =>
    each.isValue ? after.get(name)?.isValue !== true : !after.has(name)
  const rated = (rule: Rule, what: string, [name, each]: [string, Export]): Reason => ({
    ...reason(rule, `${specifier}: ${name} is ${what}`),
    isHandWritten: isHandWritten(each),
  })
  const removed = [...before].filter(([name, each]) => isGone(name, each))
  const added = [...after].filter(([name]) => !before.has(name))
  return [
    ...removed.map((each) => rated('export-removed', 'removed', each)),
    ...added.map((each) => rated('export-added', 'new', each)),
  ]
}

const isHandWritten = ({ file }: Export): boolean => !file.startsWith('generated/')

/** Types are checked in both directions; functions that take or return them know the right one. */
function checksFor(subject: string, path: string, from: Export, to: Export): Check[] {
  const rated = (rule: Rule, message: string, code: string): Check => ({
    reason: { ...reason(rule, message), isHandWritten: isHandWritten(to) },
    code,
  })
  const changed = (code: string): Check =>
    rated('export-changed', `${subject} does not fit the programs that use it`, code)
  const extended = (code: string): Check =>
    rated('export-extended', `${subject} has more than before`, code)
  const [old, now] = [`typeof Old${path}`, `typeof New${path}`]
  const values =
    from.isValue && to.isValue
      ? [
          changed(`fits<${now}, ${old}>()`),
          changed(`none<Lost<Arguments<${old}>, Arguments<${now}>>>()`),
          extended(`fits<${old}, ${now}>()`),
          extended(`none<Lost<Arguments<${now}>, Arguments<${old}>>>()`),
        ]
      : []
  const [oldType, newType] = [
    `Old${path}${typeArguments(from)}`,
    `New${path}${typeArguments(from)}`,
  ]
  const types =
    from.isType && to.isType
      ? [
          changed(`none<Apart<${oldType}, ${newType}>>()`),
          changed(`none<Lost<${oldType}, ${newType}>>()`),
          extended(`none<Lost<${newType}, ${oldType}>>()`),
          extended(`fits<${oldType}, ${newType}>()`),
          extended(`fits<${newType}, ${oldType}>()`),
        ]
      : []
  return [...values, ...types]
}

const typeArguments = ({ parameters }: Export): string =>
  parameters === 0 ? '' : `<${Array(parameters).fill('any').join(', ')}>`

type Side = 'old' | 'new'

function specifierAt(side: Side, reports: ApiReport[], specifier: string): string {
  const report = reports.find(({ entries }) => entries.has(specifier))
  return `./${side}/${report?.folder}/${report?.entries.get(specifier)}`
}

/** The declarations of one version. Imports of other packages lead to the same version. */
async function filesOf(
  side: Side,
  root: string,
  reports: ApiReport[],
): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const { folder, declarations } of reports) {
    await mkdir(join(root, side, folder), { recursive: true })
    const modules = join(repository, 'packages', folder, 'node_modules')
    await symlink(modules, join(root, side, folder, 'node_modules'))
    for (const [file, text] of declarations) {
      files[`${side}/${folder}/${file.replace(/\.tsx?$/, '.d.ts')}`] = text.replaceAll(
        /(?<=['"])@[^'"]+(?=['"])/g,
        (specifier) =>
          reports.some(({ entries }) => entries.has(specifier))
            ? join(root, specifierAt(side, reports, specifier))
            : specifier,
      )
    }
  }
  return files
}

import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { run } from '../../run.ts'
import { SpecError, type JsonObject } from '../compile/json.ts'
import { readDocument } from '../compile/read-document.ts'
import { generateCode } from '../generate/generate.ts'
import { commit } from '../sync/transaction.ts'
import { compareReports } from './compare-reports.ts'
import { compareConfigurations, configurationOf } from './configuration.ts'
import { diff, toDiff, type Diff } from './diff.ts'
import type { Reason } from './reason.ts'
import { apiReports, parseReport, reportText, type ApiReport } from './report.ts'

/** One version of everything that is shipped. */
export type Release = { document: JsonObject; reports: ApiReport[]; configuration: JsonObject }

const FOLDER = 'released'
const documentPath = 'specs/openapi.yaml'

/** The last release, as `recordRelease` wrote it. */
export async function lastRelease(root: string): Promise<Release> {
  const folder = join(root, FOLDER)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.txt')).toSorted()
  return {
    document: await readDocument(join(folder, 'openapi.yaml'), `${FOLDER}/openapi.yaml`),
    configuration: await readDocument(join(folder, 'configuration.yaml'), 'configuration.yaml'),
    reports: await Promise.all(
      names.map(async (name) =>
        parseReport(basename(name, '.txt'), await readFile(join(folder, name), 'utf8')),
      ),
    ),
  }
}

/** The files below a root, as the next release would ship them. */
async function releaseAt(root: string): Promise<Release> {
  const document = await readDocument(join(root, documentPath), documentPath)
  return {
    document,
    reports: await apiReports(root),
    configuration: await configurationOf(root, document),
  }
}

/** The version of a commit. */
export async function releaseOf(root: string, commit: string): Promise<Release> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-commit-'))
  const archive = join(folder.path, 'commit.tar')
  const paths = ['packages', 'runtimes.yaml', documentPath]
  await run('git', ['archive', '--output', archive, commit, ...paths], { cwd: root }).catch(() => {
    throw new SpecError(`${commit} is not a commit with ${paths.join(', ')}`)
  })
  await run('tar', ['-xf', archive, '-C', folder.path])
  return await releaseAt(folder.path)
}

/** Writes the files below `released/`. A release does so after it has set its version. */
export async function recordRelease(root: string): Promise<void> {
  const { reports, configuration } = await releaseAt(root)
  const folder = join(root, FOLDER)
  const document = await readFile(join(root, documentPath), 'utf8')
  const old = await readdir(folder).catch(() => [])
  commit(
    root,
    new Map<string, string | undefined>([
      ...old.map((name) => [`${FOLDER}/${name}`, undefined] as const),
      [`${FOLDER}/openapi.yaml`, document],
      [`${FOLDER}/configuration.yaml`, stringify(configuration, { lineWidth: 0 })],
      ...reports.map((each) => [`${FOLDER}/${each.folder}.txt`, reportText(each)] as const),
    ]),
  )
}

/**
 * Rates the files below a root by their effect on programs that use a release. The document is
 * compared with today's generator on both sides. Code and configuration are compared with the
 * document of the release on both sides. So each change has one reason.
 */
export async function rate(root: string, base: Release, document: JsonObject): Promise<Diff> {
  const { reasons } = await diff(base.document, document)
  return toDiff([...reasons, ...(await rateCode(root, base))])
}

export async function rateCode(root: string, base: Release): Promise<Reason[]> {
  const reports = await apiReports(root, await generateCode(base.document))
  const configuration = await configurationOf(root, base.document)
  return [
    ...(await compareReports(base.reports, reports)),
    ...compareConfigurations(base.configuration, configuration),
  ]
}

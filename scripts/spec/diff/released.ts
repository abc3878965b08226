import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { run } from '../../run.ts'
import { SpecError, type JsonObject } from '../compile/json.ts'
import { readDocument } from '../compile/read-document.ts'
import { generateCode } from '../generate/generate.ts'
import { commit } from '../sync/transaction.ts'
import { apiReports, compareReports, type ApiReport } from './api.ts'
import { compareConfigurations, configurationOf } from './configuration.ts'
import { diff, toDiff, type Diff } from './diff.ts'
import type { Reason } from './version-rules.ts'

/** One version of everything that is shipped. */
export type Release = { document: JsonObject; reports: ApiReport[]; configuration: JsonObject }

const DOCUMENT = 'specs/openapi.yaml'
/** The record of the last release. */
const OLD_DOCUMENT = 'released/openapi.yaml'
const OLD_API = 'released/api.yaml'
const OLD_CONFIGURATION = 'released/configuration.yaml'

/** The last release, as `recordRelease` wrote it. */
export async function lastRelease(root: string): Promise<Release> {
  return {
    document: await readDocument(join(root, OLD_DOCUMENT), OLD_DOCUMENT),
    reports: parse(await readFile(join(root, OLD_API), 'utf8')),
    configuration: await readDocument(join(root, OLD_CONFIGURATION), OLD_CONFIGURATION),
  }
}

/** The files below a root, as the next release would ship them. */
async function releaseAt(root: string): Promise<Release> {
  const document = await readDocument(join(root, DOCUMENT), DOCUMENT)
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
  const paths = ['packages', 'runtimes.yaml', DOCUMENT]
  await run('git', ['archive', '--output', archive, commit, ...paths], { cwd: root }).catch(() => {
    throw new SpecError(`${commit} is not a commit with ${paths.join(', ')}`)
  })
  await run('tar', ['-xf', archive, '-C', folder.path])
  return await releaseAt(folder.path)
}

/** Writes the files below `released/`. A release does so after it has set its version. */
export async function recordRelease(root: string): Promise<void> {
  const { reports, configuration } = await releaseAt(root)
  commit(
    root,
    new Map([
      [OLD_DOCUMENT, await readFile(join(root, DOCUMENT), 'utf8')],
      [OLD_API, stringify(reports, { lineWidth: 0 })],
      [OLD_CONFIGURATION, stringify(configuration, { lineWidth: 0 })],
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

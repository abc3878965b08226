import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../compile/shape.ts'
import { operationsIn, SpecError } from '../compile/json.ts'
import { lockPath, lockText, readLock, type Lock, type Locked } from '../compile/lock.ts'
import { parse, readText } from '../compile/read-document.ts'
import { fileFault } from '../file-error.ts'
import type { Generated } from '../generate/generate.ts'
import { extract } from './extract.ts'
import { fetchSource, type FetchOptions } from './fetch-source.ts'
import { pathOf, place, readCatalog, type Catalog } from './place.ts'
import { findSource, readSourceList, type Source } from './sources.ts'
import { commit, type Files } from './transaction.ts'
import { refuseTwins, validateTogether } from './validate.ts'
import type { Candidate, Status, Validate } from './validate.ts'

export type SyncOptions = Omit<FetchOptions, 'hosts'> & {
  root: string
  /** Names from sources.yaml, URLs or files. An empty list means all sources. */
  names: string[]
  /** Milliseconds since the epoch. */
  now: number
  /** Prints one line. */
  log: (line: string) => void
  validate: Validate
}

export type Outcome = { name: string; status: Status }

export type Synced = {
  outcomes: Outcome[]
  /** The published documents to write, and lock.json. */
  files: Files
  lock: Lock
  /** What the validation generated, if there was a new document. */
  generated: Generated | undefined
}

/**
 * Reads new versions of the published documents from their sources, and writes nothing. A source
 * that fails does not stop the others. Documents that are not valid together are refused.
 */
export async function readSources(options: SyncOptions): Promise<Synced> {
  const { root, log } = options
  const { hosts, sources } = await readSourceList(root)
  const names = options.names.length > 0 ? options.names : sources.map(({ name }) => name)
  const catalog = await readCatalog(root)
  const lock = await readLock(root)
  const outcomes = new Map<string, Status>()
  const candidates: Candidate[] = []
  const fail = (name: string, error: unknown, position = ''): void => {
    outcomes.set(name, 'failed')
    log(`${position}${name}: failed: ${toText(error, name)}`)
  }

  for (const [index, name] of names.entries()) {
    const position = `${index + 1}/${names.length} `
    try {
      const source = await findSource(name, sources)
      const candidate = await readCandidate(source, catalog, lock, { ...options, hosts })
      candidates.push(...(candidate ? [candidate] : []))
      const status = candidate?.status ?? 'unchanged'
      outcomes.set(name, status)
      const subject = status === 'unchanged' ? '' : ` (${candidate?.subject})`
      log(`${position}${name}: ${status}${subject}`)
    } catch (error) {
      fail(name, error, position)
    }
  }

  const twins = refuseTwins(candidates)
  const rest = candidates.filter((candidate) => !twins.has(candidate))
  const { refused, generated } = await validateTogether(rest, lock, options)
  for (const [{ name }, error] of [...twins, ...refused]) {
    fail(name, error)
  }
  const accepted = rest.filter((candidate) => !refused.has(candidate))
  const all = { ...lock, ...recordsOf(accepted) }
  const files = new Map<string, string | undefined>()
  for (const { spec, text, supplement } of accepted) {
    files.set(pathOf(spec), text)
    if (supplement !== undefined) {
      files.set(supplement, undefined)
    }
  }
  if (accepted.length > 0) {
    files.set(lockPath, await lockText(root, all))
  }
  return {
    outcomes: [...outcomes].map(([name, status]) => ({ name, status })),
    files,
    lock: all,
    generated,
  }
}

/** Updates the published documents from their sources. */
export async function sync(options: SyncOptions): Promise<Outcome[]> {
  const { outcomes, files } = await readSources(options)
  commit(options.root, files)
  return outcomes
}

/** Reads the document of a source. Undefined means that the source reports no new version. */
async function readCandidate(
  source: Source,
  catalog: Catalog,
  lock: Lock,
  options: SyncOptions & FetchOptions,
): Promise<Candidate | undefined> {
  const { name, url } = source
  const known = source.spec === undefined ? undefined : lock[source.spec]
  const isIntact = known && (await hashAt(options.root, source.spec ?? '')) === known.sha256
  const fetched =
    url === undefined
      ? { text: await readText(name, name) }
      : await fetchSource(url, isIntact ? known : {}, options)
  if (!fetched) {
    return undefined
  }
  const { text, spec: pageName, linesBefore } = extract(fetched.text, name)
  const document = parse(text, name, linesBefore).value
  const { spec, subject } = place(catalog, document, source, pageName)
  const previous = lock[spec]
  const ids = operationsIn(document).map(({ operation }) => operation.operationId)
  const record: Locked = {
    url: url ?? previous?.url,
    operation: ids.find((id) => typeof id === 'string'),
    sha256: sha256(text),
    retrieved: new Date(options.now).toISOString().slice(0, 10),
    etag: fetched.etag,
    lastModified: fetched.lastModified,
  }
  const file = catalog.files.get(subject)
  const supplement = file?.startsWith('specs/supplements/models/') ? file : undefined
  const candidate = { name, spec, subject, text, supplement, record, linesBefore }
  if (previous?.sha256 !== record.sha256) {
    return { ...candidate, status: previous ? 'changed' : 'new' }
  }
  // Some servers send a new etag for the same bytes. The lock should not change for that.
  const hasValidator = (previous.etag ?? previous.lastModified) !== undefined
  const isSame = hasValidator && previous.url === record.url
  const same = isSame ? previous : { ...record, retrieved: previous.retrieved }
  return { ...candidate, record: same, status: 'unchanged' }
}

async function hashAt(root: string, spec: string): Promise<string | undefined> {
  const bytes = await readFile(join(root, pathOf(spec))).catch(() => undefined)
  return bytes && sha256(bytes)
}

const recordsOf = (accepted: Candidate[]): Lock =>
  Object.fromEntries(accepted.map(({ spec, record }) => [spec, record]))

/** An error without the name of its source, which stands before it. */
function toText(error: unknown, name: string): string {
  const message = error instanceof Error ? error.message : String(error)
  const plain = message.replaceAll(`${name}: `, '').replace(/^\S*\.yaml: /, '')
  return error instanceof SpecError ? plain : (fileFault(error) ?? `unexpectedly, ${plain}`)
}

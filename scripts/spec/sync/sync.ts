import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashesOf, sha256, type Hashes } from '../compile/hashes.ts'
import { operationsIn, SpecError, type JsonObject } from '../compile/json.ts'
import { lockPath, lockText, readLock, type Lock, type Locked } from '../compile/lock.ts'
import { parse } from '../compile/read.ts'
import { replaceFile } from '../generate/generate.ts'
import { extract } from './extract.ts'
import type { Fetched, FetchOptions } from './fetch-source.ts'
import { pathOf, place, readCatalog, type Catalog } from './place.ts'
import { findSource, readSource, readSources, type Source } from './sources.ts'

/** Throws a SpecError when the documents below a root are not valid, alone or together. */
export type Validate = (root: string) => Promise<unknown>

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

export type Outcome = { name: string; status: 'new' | 'changed' | 'unchanged' | 'failed' }

/** A document that a source sent. */
type Candidate = {
  source: Source
  status: Outcome['status']
  spec: string
  subject: string
  text: string
  record: Locked
  /** How far a change goes, for the log. */
  note: string
}

/**
 * Updates the published documents from their sources. A source that fails changes nothing and does
 * not stop the others. Files are written after all documents are valid together.
 */
export async function sync(options: SyncOptions): Promise<Outcome[]> {
  const { root, log } = options
  const { hosts, sources } = await readSources(root)
  const names = options.names.length > 0 ? options.names : sources.map(({ name }) => name)
  const catalog = await readCatalog(root)
  const lock = await readLock(root)
  const outcomes = new Map<string, Outcome['status']>()
  const candidates: Candidate[] = []

  for (const [index, name] of names.entries()) {
    const position = `${index + 1}/${names.length}`
    try {
      const source = await findSource(name, sources)
      const candidate = await readCandidate(source, catalog, lock, { ...options, hosts })
      const twin = candidates.find(({ subject }) => subject === candidate?.subject)
      if (twin) {
        throw new SpecError(`is about ${twin.subject}, as ${twin.source.name} is`)
      }
      outcomes.set(name, candidate?.status ?? 'unchanged')
      log(`${position} ${name}: ${candidate?.status ?? 'unchanged'}${candidate?.note ?? ''}`)
      if (candidate) {
        candidates.push(candidate)
      }
    } catch (error) {
      outcomes.set(name, 'failed')
      log(`${position} ${name}: failed: ${toLine(error, name)}`)
    }
  }

  const { accepted, refused } = await validateTogether(candidates, options)
  for (const { source, error } of refused) {
    outcomes.set(source.name, 'failed')
    log(`${source.name}: failed: ${toLine(error, source.name)}`)
  }
  await write(root, lock, accepted)
  return [...outcomes].map(([name, status]) => ({ name, status }))
}

/** Reads the document of a source. Undefined means that the source reports no new version. */
async function readCandidate(
  source: Source,
  catalog: Catalog,
  lock: Lock,
  options: SyncOptions & FetchOptions,
): Promise<Candidate | undefined> {
  const known = source.spec === undefined ? undefined : lock[source.spec]
  const isIntact = known && (await isLocked(join(options.root, pathOf(source.spec ?? '')), known))
  const fetched = await readSource(source, isIntact ? known : {}, options)
  if (fetched.status === 'unchanged') {
    return undefined
  }
  const { text, spec: pageName, linesBefore } = extract(fetched.text, source.name)
  const document = parse(text, source.name, linesBefore).value
  const { spec, subject } = place(catalog, document, source, pageName)
  const hashes = hashesOf(text, document)
  const previous = lock[spec]
  const record = recordOf(source, fetched, document, hashes, previous, options.now)
  const candidate = { source, spec, subject, text, record }
  if (previous?.sha256 === hashes.sha256) {
    return { ...candidate, status: 'unchanged', note: '' }
  }
  return previous
    ? { ...candidate, status: 'changed', note: ` (${subject}${extentOf(previous, hashes)})` }
    : { ...candidate, status: 'new', note: ` (${subject})` }
}

/** Whether a file has the content that the lock records. */
async function isLocked(file: string, locked: Locked): Promise<boolean> {
  const bytes = await readFile(file).catch(() => undefined)
  return bytes !== undefined && sha256(bytes) === locked.sha256
}

function recordOf(
  source: Source,
  { etag, lastModified }: Exclude<Fetched, { status: 'unchanged' }>,
  document: JsonObject,
  hashes: Hashes,
  previous: Locked | undefined,
  now: number,
): Locked {
  const url = source.url ?? previous?.url
  const ids = operationsIn(document).map(({ operation }) => operation.operationId)
  const operation = ids.find((id) => typeof id === 'string')
  const retrieved = new Date(now).toISOString().slice(0, 10)
  const record = { url, operation, ...hashes, retrieved, etag, lastModified }
  if (previous?.sha256 !== hashes.sha256) {
    return record
  }
  // Some servers send a new etag for the same bytes. The lock should not change for that.
  const hasValidator = (previous.etag ?? previous.lastModified) !== undefined
  return hasValidator && previous.url === url
    ? previous
    : { ...record, retrieved: previous.retrieved }
}

function extentOf(before: Hashes, after: Hashes): string {
  if (before.canonicalSha256 === after.canonicalSha256) {
    return ', layout only'
  }
  return before.shapeSha256 === after.shapeSha256 ? ', prose only' : ''
}

type Refused = { source: Source; error: unknown }

/** Finds the candidates that are valid together with the documents that exist. */
async function validateTogether(
  candidates: Candidate[],
  { root, validate }: SyncOptions,
): Promise<{ accepted: Candidate[]; refused: Refused[] }> {
  const isUnchanged = ({ status }: Candidate): boolean => status === 'unchanged'
  const updates = candidates.filter((candidate) => !isUnchanged(candidate))
  try {
    if (updates.length > 0) {
      await validateWith(root, updates, validate)
    }
    return { accepted: candidates, refused: [] }
  } catch {
    const accepted: Candidate[] = []
    const refused: Refused[] = []
    for (const candidate of updates) {
      try {
        await validateWith(root, [...accepted, candidate], validate)
        accepted.push(candidate)
      } catch (error) {
        refused.push({ source: candidate.source, error })
      }
    }
    return { accepted: [...candidates.filter(isUnchanged), ...accepted], refused }
  }
}

/** Validates a copy of the specs below a root with other documents in it. */
export async function validateWith(
  root: string,
  documents: { spec: string; text: string }[],
  validate: Validate,
): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'apikley-validate-'))
  try {
    await cp(join(root, 'specs'), join(copy, 'specs'), { recursive: true })
    for (const { spec, text } of documents) {
      await replaceFile(join(copy, pathOf(spec)), text)
    }
    await validate(copy)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

async function write(root: string, lock: Lock, accepted: Candidate[]): Promise<void> {
  if (accepted.length === 0) {
    return
  }
  for (const { spec, text } of accepted) {
    await replaceFile(join(root, pathOf(spec)), text)
  }
  const records = Object.fromEntries(accepted.map(({ spec, record }) => [spec, record]))
  await replaceFile(join(root, lockPath), await lockText(root, { ...lock, ...records }))
}

/** An error in one line. A report of the linter is reduced to its first finding. */
function toLine(error: unknown, name: string): string {
  const message = error instanceof Error ? error.message : String(error)
  const [first = '', ...others] = message.split('\n')
  const finding = others.find((line) => line.includes(' error '))?.trim() ?? ''
  const line = first.endsWith(':') ? `${first} ${finding.replaceAll(/\s+/g, ' ')}` : first
  const plain = line.replaceAll(`${name}: `, '').replace(/^\S*\.yaml: /, '')
  return error instanceof SpecError ? plain : `unexpectedly, ${plain}`
}

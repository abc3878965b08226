import { cp, mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sha256, shapeOf } from '../compile/shape.ts'
import { assertSpec, operationsIn, SpecError, type JsonObject } from '../compile/json.ts'
import { lockPath, lockText, readLock, type Lock, type Locked } from '../compile/lock.ts'
import { parse, readDocument, readText } from '../compile/read-document.ts'
import { replaceFile } from '../generate/generate.ts'
import { extract } from './extract.ts'
import { fetchSource, type FetchOptions } from './fetch-source.ts'
import { pathOf, place, readCatalog, type Catalog } from './place.ts'
import { findSource, readSources, type Source } from './sources.ts'

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
  name: string
  status: Outcome['status']
  spec: string
  subject: string
  text: string
  /** The supplement of the same model, which the document replaces. */
  supplement: string | undefined
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
  const fail = (name: string, error: unknown, position = ''): void => {
    outcomes.set(name, 'failed')
    log(`${position}${name}: failed: ${toLine(error, name)}`)
  }

  for (const [index, name] of names.entries()) {
    const position = `${index + 1}/${names.length} `
    try {
      const source = await findSource(name, sources)
      const candidate = await readCandidate(source, catalog, lock, { ...options, hosts })
      const twin = candidates.find(({ subject }) => subject === candidate?.subject)
      assertSpec(!twin, `is about ${twin?.subject}, as ${twin?.name} is`)
      candidates.push(...(candidate ? [candidate] : []))
      const status = candidate?.status ?? 'unchanged'
      outcomes.set(name, status)
      log(`${position}${name}: ${status}${candidate?.note ?? ''}`)
    } catch (error) {
      fail(name, error, position)
    }
  }

  const refused = await validateTogether(candidates, options)
  for (const [{ name }, error] of refused) {
    fail(name, error)
  }
  const accepted = candidates.filter((candidate) => !refused.has(candidate))
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
  const candidate = { name, spec, subject, text, supplement, record }
  if (!previous) {
    return { ...candidate, status: 'new', note: ` (${subject})` }
  }
  if (previous.sha256 !== record.sha256) {
    const extent = await extentOf(join(options.root, pathOf(spec)), document)
    return { ...candidate, status: 'changed', note: ` (${subject}${extent})` }
  }
  // Some servers send a new etag for the same bytes. The lock should not change for that.
  const hasValidator = (previous.etag ?? previous.lastModified) !== undefined
  const isSame = hasValidator && previous.url === record.url
  const same = isSame ? previous : { ...record, retrieved: previous.retrieved }
  return { ...candidate, record: same, status: 'unchanged', note: '' }
}

async function hashAt(root: string, spec: string): Promise<string | undefined> {
  const bytes = await readFile(join(root, pathOf(spec))).catch(() => undefined)
  return bytes && sha256(bytes)
}

/** How far a new version differs from the file of the old one. */
async function extentOf(file: string, revision: JsonObject): Promise<string> {
  const base = await readDocument(file, file).catch(() => ({}))
  if (isDeepStrictEqual(base, revision)) {
    return ', layout only'
  }
  return isDeepStrictEqual(shapeOf(base), shapeOf(revision)) ? ', prose only' : ''
}

/** Finds the candidates that are not valid together with the documents that exist. */
async function validateTogether(
  candidates: Candidate[],
  { root, validate }: SyncOptions,
): Promise<Map<Candidate, unknown>> {
  const updates = candidates.filter(({ status }) => status !== 'unchanged')
  const refused = new Map<Candidate, unknown>()
  const isValid =
    updates.length === 0 ||
    (await validateWith(root, updates, validate).then(
      () => true,
      () => false,
    ))
  for (const candidate of isValid ? [] : updates) {
    const earlier = updates
      .slice(0, updates.indexOf(candidate))
      .filter((each) => !refused.has(each))
    await validateWith(root, [...earlier, candidate], validate).catch((error: unknown) =>
      refused.set(candidate, error),
    )
  }
  return refused
}

/** Validates a copy of the specs below a root with other documents in it. */
export async function validateWith(
  root: string,
  documents: { spec: string; text: string }[],
  validate: Validate,
): Promise<void> {
  await using copy = await mkdtempDisposable(join(tmpdir(), 'apikley-validate-'))
  await cp(join(root, 'specs'), join(copy.path, 'specs'), { recursive: true })
  for (const { spec, text } of documents) {
    await replaceFile(join(copy.path, pathOf(spec)), text)
  }
  await validate(copy.path)
}

async function write(root: string, lock: Lock, accepted: Candidate[]): Promise<void> {
  if (accepted.length === 0) {
    return
  }
  for (const { spec, text, supplement } of accepted) {
    await replaceFile(join(root, pathOf(spec)), text)
    if (supplement !== undefined) {
      await replaceFile(join(root, supplement), undefined)
    }
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

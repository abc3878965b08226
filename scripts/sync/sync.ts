import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isObject, SpecError, type JsonObject } from '../compile/json.ts'
import { checkExpected, subjectOf, type Published } from '../compile/published.ts'
import { limits, parse, readDocument } from '../compile/read.ts'
import { extract } from './extract.ts'
import { hashesOf, sha256, type Hashes } from './hashes.ts'
import { knownDocuments, readMended } from './known.ts'
import { retrieve, type RetrieveOptions } from './retrieve.ts'

/** One line of specs/sources.yaml. */
type Source = { spec: string | undefined; url: string | undefined; file: string | undefined; name: string }

/** What specs/upstream/lock.json says of a document. */
export type Locked = Hashes & {
  /** Where it was retrieved; a file that was handed over has none. */
  url: string | undefined
  operation: string | undefined
  /** The day, as YYYY-MM-DD. */
  retrieved: string
  etag: string | undefined
  lastModified: string | undefined
}

export type SyncOptions = Omit<RetrieveOptions, 'hosts'> & {
  root: string
  /** Names from sources.yaml, addresses or files; all sources when there are none. */
  wanted: string[]
  /** Milliseconds since the epoch. */
  now: number
  /** Told what happens, a line at a time. */
  tell: (line: string) => void
}

export type Outcome = { name: string; is: 'new' | 'changed' | 'unchanged' | 'failed' }

/**
 * Brings the vendored documents up to date, one source after the other. A source that fails leaves everything as it was, and does not
 * stop the others.
 */
export async function sync(options: SyncOptions): Promise<Outcome[]> {
  const { root, tell } = options
  const { hosts, sources } = await readSources(root)
  const outcomes: Outcome[] = []
  for (const [index, source] of (await choose(options.wanted, sources)).entries()) {
    const place = `${index + 1}/${options.wanted.length || sources.length} ${source.name}`
    try {
      const { is, note } = await syncOne(source, { ...options, hosts })
      tell(`${place}: ${is}${note}`)
      outcomes.push({ name: source.name, is })
    } catch (error) {
      if (!(error instanceof SpecError)) throw error
      tell(`${place}: failed: ${error.message.replace(/^\S*\.yaml: /, '').replace(`${source.name}: `, '')}`)
      outcomes.push({ name: source.name, is: 'failed' })
    }
  }
  return outcomes
}

async function syncOne(source: Source, options: SyncOptions & { hosts: string[] }): Promise<{ is: Outcome['is']; note: string }> {
  const { root } = options
  const lock = await readLock(root)
  const seen = source.spec === undefined ? undefined : lock[source.spec]
  const got = source.file === undefined ? await retrieve(source.url ?? '', seen ?? {}, options) : await handedOver(source.file)
  if (got.status === 'unchanged') return { is: 'unchanged', note: '' }

  const { text, spec: named } = extract(got.text, source.name)
  const document = parse(text, source.name).value
  const published = await readMended(root, `${source.spec ?? named ?? ''}.yaml`, document)
  const subject = subjectOf(published)
  const known = await knownDocuments(root)
  checkExpected(published, (operation) => known.has(operation))
  const place = /^specs\/upstream\/(.*)\.yaml$/.exec(known.get(subject) ?? '')?.[1]
  const spec = checkName(place ?? source.spec ?? nameOf(published, named))

  const before = lock[spec]
  const hashes = hashesOf(text, document)
  const record: Locked = {
    url: source.url,
    operation: operationOf(document),
    ...hashes,
    retrieved: new Date(options.now).toISOString().slice(0, 10),
    etag: got.etag,
    lastModified: got.lastModified,
  }
  const same = before?.sha256 === hashes.sha256
  await writeWhole(join(root, 'specs/upstream', `${spec}.yaml`), text)
  // A version that is here already keeps its date; only what spares the next transfer is brought up to date.
  await writeLock(root, { ...lock, [spec]: same ? { ...record, url: record.url ?? before.url, retrieved: before.retrieved } : record })
  if (same) return { is: 'unchanged', note: '' }
  return { is: before ? 'changed' : 'new', note: ` (${subject}${before ? whatChanged(before, hashes) : ''})` }
}

/** Where a document is kept that no source names. A page with several operations gives each of them the same name, so theirs are their paths. */
function nameOf(published: Published, named: string | undefined): string {
  if (published.kind === 'model') return named ?? `market/${published.model}`
  return `operations${published.path.replaceAll(/[{}]/g, '')}/${published.method}`
}

function whatChanged(before: Locked, after: Hashes): string {
  if (before.canonicalSha256 === after.canonicalSha256) return ', layout only'
  return before.shapeSha256 === after.shapeSha256 ? ', prose only' : ''
}

async function handedOver(file: string): Promise<{ status: 'retrieved'; text: string; etag: undefined; lastModified: undefined }> {
  const { size } = await stat(file)
  if (size > limits.bytes) throw new SpecError(`is larger than the ${limits.bytes} bytes that a document may have`)
  return { status: 'retrieved', text: await readFile(file, 'utf8'), etag: undefined, lastModified: undefined }
}

/** A name becomes a path, and has to stay below specs/upstream. */
function checkName(spec: string): string {
  if (!/^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)*$/i.test(spec) || spec.includes('..'))
    throw new SpecError(`cannot be kept under the name ${JSON.stringify(spec)}`)
  return spec
}

async function choose(wanted: string[], sources: Source[]): Promise<Source[]> {
  if (wanted.length === 0) return sources
  return Promise.all(
    wanted.map(async (name): Promise<Source> => {
      const listed = sources.find(({ spec, url }) => spec === name || url === name)
      if (listed) return listed
      if (/^https?:/.test(name)) return { spec: undefined, url: name, file: undefined, name }
      const isFile = await stat(name).then(
        (found) => found.isFile(),
        () => false,
      )
      if (!isFile) throw new SpecError(`${name} is neither a source of specs/sources.yaml, nor an address, nor a file`)
      return { spec: undefined, url: undefined, file: name, name }
    }),
  )
}

async function readSources(root: string): Promise<{ hosts: string[]; sources: Source[] }> {
  const { hosts, sources } = await readDocument(join(root, 'specs/sources.yaml'), 'sources.yaml')
  if (!Array.isArray(hosts) || !Array.isArray(sources)) throw new SpecError('sources.yaml should have the lists hosts and sources')
  return {
    hosts: hosts.map(String),
    sources: sources.map((source) => {
      if (!isObject(source) || typeof source.spec !== 'string' || typeof source.url !== 'string')
        throw new SpecError('A source in sources.yaml should have spec and url')
      return { spec: checkName(source.spec), url: source.url, file: undefined, name: source.spec }
    }),
  }
}

type Lock = Record<string, Locked>

async function readLock(root: string): Promise<Lock> {
  const lock: { documents: Lock } = JSON.parse(await readFile(join(root, 'specs/upstream/lock.json'), 'utf8'))
  return lock.documents
}

async function writeLock(root: string, documents: Lock): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(documents).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const lock = { documents: sorted, overlays: await overlayHashes(root), tools: await toolVersions() }
  await writeWhole(join(root, 'specs/upstream/lock.json'), `${JSON.stringify(lock, undefined, 2)}\n`)
}

async function overlayHashes(root: string): Promise<Record<string, string>> {
  const folder = join(root, 'specs/overlays')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, sha256(await readFile(join(folder, name), 'utf8'))] as const)),
  )
}

/** What turns the documents into code, with exact versions. */
async function toolVersions(): Promise<Record<string, string>> {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(import.meta.dirname, '../package.json'), 'utf8'),
  )
  const tools = ['@redocly/cli', '@scalar/openapi-upgrader', 'openapi-typescript', 'typescript', 'yaml']
  return Object.fromEntries(tools.map((tool) => [tool, manifest.dependencies[tool] ?? '']))
}

/** Written beside its place and then moved there, so that no half file is ever read. */
async function writeWhole(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return
  await mkdir(dirname(file), { recursive: true })
  const part = `${file}.${process.pid}.part`
  await writeFile(part, text)
  await rename(part, file)
}

function operationOf(document: JsonObject): string | undefined {
  const paths = isObject(document.paths) ? Object.values(document.paths) : []
  const ids = paths
    .flatMap((item) => (isObject(item) ? Object.values(item) : []))
    .map((operation) => (isObject(operation) ? operation.operationId : undefined))
  return ids.find((id) => typeof id === 'string')
}

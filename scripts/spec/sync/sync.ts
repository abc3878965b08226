import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hashesOf, type Hashes } from '../compile/hashes.ts'
import { isObject, SpecError, type JsonObject } from '../compile/json.ts'
import { lockPath, lockText, readLock, sha256, type Lock, type Locked } from '../compile/lock.ts'
import { limits, parse } from '../compile/read.ts'
import { extract } from './extract.ts'
import { knownDocuments } from './known.ts'
import { place } from './place.ts'
import { retrieve, type RetrieveOptions, type Retrieved } from './retrieve.ts'
import { readSources, sourceOf, type Source } from './sources.ts'
import { createStage, fileOf, writeWhole } from './stage.ts'

export type SyncOptions = Omit<RetrieveOptions, 'hosts'> & {
  root: string
  /** Names from sources.yaml, addresses or files; all sources when there are none. */
  wanted: string[]
  /** Milliseconds since the epoch. */
  now: number
  /** Told what happens, a line at a time. */
  tell: (line: string) => void
  /** Throws a SpecError when the documents below a root cannot be used together. */
  tryOut: (root: string) => Promise<unknown>
}

export type Outcome = { name: string; is: 'new' | 'changed' | 'unchanged' | 'failed' }

/** A document that is to be taken in. */
type Candidate = {
  source: Source
  spec: string
  subject: string
  text: string
  record: Locked
  is: Outcome['is']
  note: string
}

type Here = { known: Map<string, string>; lock: Lock; hosts: string[] }

/**
 * Brings the vendored documents up to date. What cannot be read, or cannot be used together with
 * the others, fails with a line that says why; it leaves everything as it was and does not stop the
 * rest.
 */
export async function sync(options: SyncOptions): Promise<Outcome[]> {
  const { root, tell } = options
  const { hosts, sources: listed } = await readSources(root)
  const wanted = options.wanted.length > 0 ? options.wanted : listed.map(({ name }) => name)
  const here = { known: await knownDocuments(root), lock: await readLock(root), hosts }
  const outcomes: Outcome[] = []
  const candidates: Candidate[] = []
  const fail = (name: string, where: string, error: unknown): void => {
    tell(`${where}${name}: failed: ${reason(error, name)}`)
    const outcome = outcomes.find((known) => known.name === name)
    if (outcome) {
      outcome.is = 'failed'
    } else {
      outcomes.push({ name, is: 'failed' })
    }
  }

  for (const [index, name] of wanted.entries()) {
    const where = `${index + 1}/${wanted.length} `
    try {
      const source = await sourceOf(name, listed)
      const candidate = await look(source, here, options)
      const twin = candidates.find(({ subject }) => subject === candidate?.subject)
      if (twin) {
        throw new SpecError(`is about ${twin.subject}, as ${twin.source.name} is`)
      }
      tell(`${where}${name}: ${candidate?.is ?? 'unchanged'}${candidate?.note ?? ''}`)
      outcomes.push({ name, is: candidate?.is ?? 'unchanged' })
      if (candidate) {
        candidates.push(candidate)
      }
    } catch (error) {
      fail(name, where, error)
    }
  }

  const taken = await choose(candidates, options, ({ source }, error) =>
    fail(source.name, '', error),
  )
  for (const { spec, text } of taken) {
    await writeWhole(fileOf(root, spec), text)
  }
  if (taken.length > 0) {
    const records = Object.fromEntries(taken.map(({ spec, record }) => [spec, record]))
    await writeWhole(join(root, lockPath), await lockText(root, { ...here.lock, ...records }))
  }
  return outcomes
}

/**
 * The candidates that can be used together; when they cannot, those that can be one after the
 * other.
 */
async function choose(
  candidates: Candidate[],
  { root, tryOut }: SyncOptions,
  refuse: (candidate: Candidate, error: unknown) => void,
): Promise<Candidate[]> {
  const fresh = candidates.filter(({ is }) => is !== 'unchanged')
  if (fresh.length === 0) {
    return candidates
  }
  const stage = await createStage(root)
  try {
    for (const { spec, text } of fresh) {
      await stage.put(spec, text)
    }
    try {
      await tryOut(stage.root)
      return candidates
    } catch {
      for (const { spec } of fresh) {
        await stage.restore(spec)
      }
    }
    const refused = new Set<Candidate>()
    for (const candidate of fresh) {
      await stage.put(candidate.spec, candidate.text)
      try {
        await tryOut(stage.root)
      } catch (error) {
        await stage.restore(candidate.spec)
        refused.add(candidate)
        refuse(candidate, error)
      }
    }
    return candidates.filter((candidate) => !refused.has(candidate))
  } finally {
    await stage.remove()
  }
}

/** What a source has to give; nothing when it says itself that there is nothing new. */
async function look(
  source: Source,
  { known, lock, hosts }: Here,
  options: SyncOptions,
): Promise<Candidate | undefined> {
  const { root } = options
  const seen = await intact(root, lock, source.spec)
  const got =
    source.file === undefined
      ? await retrieve(source.url ?? '', seen ?? {}, { ...options, hosts })
      : await handedOver(source.file)
  if (got.status === 'unchanged') {
    return undefined
  }

  const { text, spec: named, before } = extract(got.text, source.name)
  const document = parse(text, source.name, before).value
  const { spec, subject } = await place(root, document, source, named, known)
  const earlier = lock[spec]
  const hashes = hashesOf(text, document)
  const record = {
    url: source.url ?? earlier?.url,
    operation: operationOf(document),
    ...hashes,
    retrieved: new Date(options.now).toISOString().slice(0, 10),
    etag: got.etag,
    lastModified: got.lastModified,
  }
  const candidate = { source, spec, subject, text }
  if (earlier?.sha256 !== hashes.sha256) {
    return {
      ...candidate,
      record,
      is: earlier ? 'changed' : 'new',
      note: ` (${subject}${earlier ? whatChanged(earlier, hashes) : ''})`,
    }
  }
  // A version that is here already keeps its date, and what spares its next transfer, which some
  // servers give anew each time.
  const same = earlier.url === record.url && (earlier.etag ?? earlier.lastModified) !== undefined
  return {
    ...candidate,
    record: same ? earlier : { ...record, retrieved: earlier.retrieved },
    is: 'unchanged',
    note: '',
  }
}

/** What is locked of a document, as long as that is what lies there. */
async function intact(
  root: string,
  lock: Lock,
  spec: string | undefined,
): Promise<Locked | undefined> {
  const locked = spec === undefined ? undefined : lock[spec]
  if (spec === undefined || !locked) {
    return undefined
  }
  const bytes = await readFile(fileOf(root, spec)).catch(() => undefined)
  return bytes && sha256(bytes) === locked.sha256 ? locked : undefined
}

function whatChanged(before: Hashes, after: Hashes): string {
  if (before.canonicalSha256 === after.canonicalSha256) {
    return ', layout only'
  }
  return before.shapeSha256 === after.shapeSha256 ? ', prose only' : ''
}

async function handedOver(file: string): Promise<Retrieved> {
  const { size } = await stat(file)
  if (size > limits.bytes) {
    throw new SpecError(`is larger than the ${limits.bytes} bytes that a document may have`)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
    return { status: 'retrieved', text, etag: undefined, lastModified: undefined }
  } catch {
    throw new SpecError('is no text in UTF-8')
  }
}

/** Why a source failed, in one line. What nobody foresaw is no reason to stop the others either. */
function reason(error: unknown, name: string): string {
  const said = error instanceof Error ? error.message : String(error)
  const [first = '', ...more] = said.split('\n')
  const line = first.endsWith(':')
    ? `${first} ${
        more
          .find((detail) => / error /.test(detail))
          ?.trim()
          .replaceAll(/\s+/g, ' ') ?? ''
      }`
    : first
  const plain = line.replaceAll(`${name}: `, '').replace(/^\S*\.yaml: /, '')
  return error instanceof SpecError ? plain : `unexpectedly, ${plain}`
}

function operationOf(document: JsonObject): string | undefined {
  const paths = isObject(document.paths) ? Object.values(document.paths) : []
  const ids = paths
    .flatMap((item) => (isObject(item) ? Object.values(item) : []))
    .map((operation) => (isObject(operation) ? operation.operationId : undefined))
  return ids.find((id) => typeof id === 'string')
}

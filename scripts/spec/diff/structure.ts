import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject, SpecError, type Json, type JsonObject } from '../compile/json.ts'
import { redocly } from '../compile/overlays.ts'
import { highest, isBump, type Bump } from './bump.ts'

/** One place where two versions of the document differ. */
export type Change = {
  /** A model id, an operation's method and path, or a component. */
  subject: string
  /** Where below it, for instance `input.image_size`. */
  place: string
  kind: 'added' | 'removed' | 'modified'
  /** What differs there, for instance `enum`. */
  property: string
  impact: Bump
  /** What was and what is, in short. */
  text: string
}

export type Structure = { bump: Bump; changes: Change[] }

/**
 * The first judge: redocly, which knows what the parts of a document mean to whoever sends and
 * reads.
 */
export async function compareStructure(base: JsonObject, revision: JsonObject): Promise<Structure> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-diff-'))
  try {
    await writeFile(join(folder, 'base.json'), JSON.stringify(base))
    await writeFile(join(folder, 'revision.json'), JSON.stringify(revision))
    await writeFile(join(folder, 'redocly.yaml'), 'extends:\n  - diff-recommended\n')
    await redocly(
      [
        'diff',
        'base.json',
        'revision.json',
        '--format',
        'json',
        '--fail-on',
        'none',
        '-o',
        'report.json',
      ],
      folder,
    )
    return readReport(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function readReport(report: Json): Structure {
  if (!isObject(report) || !Array.isArray(report.changes)) {
    throw new SpecError('redocly diff gave no report')
  }
  const changes = report.changes.filter(isObject).map(readChange)
  return {
    bump: highest([
      isBump(report.bump) ? report.bump : 'none',
      ...changes.map(({ impact }) => impact),
    ]),
    changes,
  }
}

function readChange(change: JsonObject): Change {
  const { kind, impact, property } = change
  const path = typeof change.path === 'string' ? pointer(change.path) : []
  const { subject, place } = locate(path)
  const said = (Array.isArray(change.verdicts) ? change.verdicts : []).map((verdict) =>
    isObject(verdict) ? verdict.message : undefined,
  )
  const message = said.find((text) => typeof text === 'string')
  const before = isObject(change.base) ? change.base.value : undefined
  const after = isObject(change.revision) ? change.revision.value : undefined
  return {
    subject,
    place,
    kind: kind === 'added' || kind === 'removed' ? kind : 'modified',
    property: typeof property === 'string' ? property : '',
    // Another default makes another picture for those who leave the field out.
    impact: highest([
      isBump(impact) ? impact : 'patch',
      property === 'default' ? 'minor' : 'patch',
    ]),
    text: message ?? fromTo(before, after),
  }
}

const pointer = (path: string): string[] =>
  path
    .replace(/^#\//, '')
    .split('/')
    .map((key) => decodeURIComponent(key.replaceAll('~1', '/').replaceAll('~0', '~')))

/**
 * Of a pointer into the document, who is meant and where: the steps through `properties` and the
 * like say nothing to a reader.
 */
function locate(path: string[]): { subject: string; place: string } {
  const mapping = path.indexOf('mapping')
  const rest = (from: number): string =>
    path
      .slice(from)
      .filter((key) => !['properties', 'schema', 'content', 'application/json'].includes(key))
      .join('.')
  if (mapping >= 0 && path[mapping + 1] !== undefined) {
    return { subject: path[mapping + 1] ?? '', place: rest(mapping + 2) }
  }
  if (path[0] === 'paths' && path.length > 2) {
    return { subject: `${path[2]?.toUpperCase()} ${path[1]}`, place: rest(3) }
  }
  if (path[0] === 'components') {
    return { subject: path[2] ?? 'components', place: rest(3) }
  }
  return { subject: path[0] ?? 'document', place: rest(1) }
}

/** What was and what is. */
export function fromTo(before: Json | undefined, after: Json | undefined): string {
  return [before, after]
    .map((value) => (value === undefined ? 'nothing' : short(value)))
    .join(' → ')
}

function short(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}…` : line
}

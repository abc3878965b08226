import { basename, join } from 'node:path'
import { SpecError, type JsonObject } from '../compile/json.ts'
import { applyOverlays, readOverlays } from '../compile/overlays.ts'
import { checkExpected, readPublished, subjectOf, type Published } from '../compile/published.ts'
import { checkName, type Source } from './sources.ts'

/** A document that was read, and where it is kept: below specs/upstream, without the ending. */
export type Placed = { published: Published; subject: string; spec: string }

/**
 * Finds out what a document is of, and where it belongs: in the place of the one that is here of
 * the same model or operation; if there is none, where its source or its page says, or under the
 * model's id. What an overlay for that place puts right is put right.
 *
 * @param known what is here already, as paths below the root
 */
export async function place(
  root: string,
  document: JsonObject,
  source: Pick<Source, 'spec' | 'name'>,
  named: string | undefined,
  known: Map<string, string>,
): Promise<Placed> {
  const expected = checkName(expectedPlace(source, named))
  const { published, mended } = await readMended(root, expected, document, source.name)
  checkExpected(published, (subject) => known.has(subject))
  const subject = subjectOf(published)
  const here = /^specs\/upstream\/(.*)\.yaml$/.exec(known.get(subject) ?? '')?.[1]
  if (here !== undefined) {
    return { published, subject, spec: here }
  }

  const before = [...known].find(([, file]) => file === `specs/upstream/${expected}.yaml`)?.[0]
  if (before !== undefined && source.spec !== undefined) {
    throw new SpecError(
      `is about ${subject} now and was about ${before}; if that is right, delete specs/upstream/${expected}.yaml first`,
    )
  }
  const free =
    before === undefined && (source.spec ?? named ?? (mended ? expected : undefined)) !== undefined
  return { published, subject, spec: checkName(free ? expected : nameOf(published)) }
}

/** Where a document is looked for before it can be read: overlays for this place put it right. */
export function expectedPlace(
  { spec, name }: Pick<Source, 'spec' | 'name'>,
  named: string | undefined,
): string {
  return spec ?? named ?? `market/${basename(name).replace(/\.\w+$/, '')}`
}

/** Where a document is kept that neither a source nor a page names. */
function nameOf(published: Published): string {
  if (published.kind === 'model') {
    return `market/${published.model}`
  }
  return `operations${published.path.replaceAll(/[{}]/g, '')}/${published.method}`
}

/**
 * A document as it is, or else with the overlays that are there for its place, which takes a
 * process.
 */
async function readMended(
  root: string,
  spec: string,
  document: JsonObject,
  name: string,
): Promise<{ published: Published; mended: boolean }> {
  try {
    return { published: readPublished(document, name), mended: false }
  } catch (error) {
    const target = join(root, 'specs/upstream', `${spec}.yaml`)
    const own = (await readOverlays(join(root, 'specs/overlays'))).filter(
      (overlay) => overlay.target === target,
    )
    if (own.length === 0) {
      throw error
    }
    return { published: readPublished(await applyOverlays(document, own), name), mended: true }
  }
}

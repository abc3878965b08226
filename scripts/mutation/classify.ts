// Part of `pnpm test:deep`: changes the compiled document in one place after the other and sees
// that no change that breaks somebody is rated below what it is. Where redocly and the compiler
// disagree, that is printed.
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile } from '../spec/compile/compile.ts'
import { SpecError } from '../spec/compile/json.ts'
import { highest, type Bump } from '../spec/diff/bump.ts'
import { diff, type Diff } from '../spec/diff/diff.ts'
import { repository } from '../scratch.ts'
import { mutantsOf, type Mutant } from './mutants.ts'
import { ratedMutants } from './rated.ts'

const { values } = parseArgs({
  options: { all: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
})
const started = Date.now()
const document = await withSecondModel()
const mutants = [
  ...mutantsOf(document).map((mutant) => ({ ...mutant, least: leastBump(mutant) })),
  ...ratedMutants(document),
].filter(({ sort, at }) => `${sort} ${at}`.includes(values.only))
const kinds = values.all ? mutants : differentKinds(mutants)

const misjudged: string[] = []
const disagreements: string[] = []
let judged = 0
const queue = kinds.values()
await Promise.all(Array.from({ length: availableParallelism() }, () => work()))

console.log(
  `${disagreements.length} of ${judged} kinds of change were rated differently by redocly and the compiler; the highest counts:`,
)
for (const line of disagreements.toSorted()) {
  console.log(`  ${line}`)
}
console.log(
  `${judged} kinds of change were rated in ${Math.round((Date.now() - started) / 1000)} s, ${misjudged.length} of them too low`,
)
for (const line of misjudged) {
  console.error(`  TOO LOW: ${line}`)
}
await mkdir(join(repository, 'scripts/reports'), { recursive: true })
const counts = {
  numPassedTests: judged - misjudged.length,
  numFailedTests: misjudged.length,
  numPendingTests: 0,
}
await writeFile(join(repository, 'scripts/reports/kinds.json'), JSON.stringify(counts))
if (misjudged.length > 0) {
  process.exitCode = 1
}

async function work(): Promise<void> {
  for (const mutant of queue) {
    const { bump, judges } = await rate(mutant)
    judged++
    const what = `${mutant.sort} at ${mutant.at}`
    if (judges.redocly !== judges.types) {
      disagreements.push(`${what}: redocly ${judges.redocly}, types ${judges.types}`)
    }
    if (highest([bump, mutant.least]) !== bump) {
      misjudged.push(`${what}: ${bump}, at least ${mutant.least} was expected`)
    }
  }
}

/**
 * A document that the generators refuse cannot be released at all, which is the strictest of all
 * verdicts.
 */
async function rate({ document: revision }: Mutant): Promise<Pick<Diff, 'bump' | 'judges'>> {
  try {
    return await diff(document, revision)
  } catch (error) {
    if (error instanceof SpecError) {
      return { bump: 'major', judges: { redocly: 'major', types: 'major', packages: 'major' } }
    }
    throw error
  }
}

/** What a change means to somebody who uses the packages, from its sort and its place alone. */
function leastBump({ sort, at }: Mutant): Bump {
  const inAnswer =
    /\/responses\/|\/(CreatedTask|TaskDetails|UploadedFile|ApiResponse|ErrorResponse)\//.test(
      `${at}/`,
    )
  const inCallback = at.includes('/TaskCallback')
  if (/^known value/.test(sort)) {
    return 'minor'
  }
  if (/^(answer removed|security)/.test(sort) || inCallback) {
    return 'patch'
  }
  // Compiling sees to it that createTask has a body, and that its request says which model it is
  // for.
  if (
    /Request\/(properties\/model|required)/.test(at) &&
    /^(property|required "model")/.test(sort)
  ) {
    return 'patch'
  }
  if (at.includes('createTask') && sort.startsWith('request body')) {
    return 'patch'
  }
  // Programs read the limits of a field in its descriptor.
  if (/^(minimum|maximum|minLength|maxLength|pattern) removed/.test(sort)) {
    return /Input\/properties\//.test(at) ? 'major' : 'patch'
  }
  if (
    /^operation (removed|renamed)|^property (removed|renamed)|^type |^parameter renamed/.test(sort)
  ) {
    return 'major'
  }
  if (/^enum value .* dropped/.test(sort)) {
    return 'major'
  }
  if (/^enum value added/.test(sort)) {
    return at.includes('Request/properties/model') ? 'patch' : 'minor'
  }
  if (/^required .* removed/.test(sort)) {
    return inAnswer ? 'major' : 'minor'
  }
  if (/^required .* added/.test(sort)) {
    return inAnswer ? 'patch' : 'major'
  }
  return 'minor'
}

/**
 * One of each sort in each kind of place: the same thing done to another field tells nothing more.
 */
function differentKinds<Kind extends Mutant>(mutants: Kind[]): Kind[] {
  const seen = new Set<string>()
  return mutants.filter(({ sort, at }) => {
    const place = at.startsWith('#/components')
      ? at.split('/').slice(0, 4).join('/')
      : at.split('/').slice(0, 5).join('/')
    const kind = `${sort.replaceAll(/"[^"]*"|\d+/g, '…')} ${place}`
    return !seen.has(kind) && seen.add(kind)
  })
}

async function withSecondModel(): Promise<Mutant['document']> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-kinds-'))
  try {
    await cp(join(repository, 'specs'), join(folder, 'specs'), { recursive: true })
    await copyFile(
      join(repository, 'scripts/test/fixtures/painter.yaml'),
      join(folder, 'specs/upstream/painter.yaml'),
    )
    return (await compile(join(folder, 'specs'))).document
  } finally {
    await rm(folder, { recursive: true })
  }
}

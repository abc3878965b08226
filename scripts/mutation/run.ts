// `pnpm test:deep`: changes the compiled document in one place after the other and sees that types
// or contract tests notice it. The types are made from the changed document, and Prism serves it;
// the committed operations, options and contract tests stay.
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { SpecError } from '../spec/compile/json.ts'
import { readDocument } from '../spec/compile/read.ts'
import { generateCode } from '../spec/generate/generate.ts'
import { createScratch, repository, type Scratch } from '../scratch.ts'
import { mutantsOf, type Mutant } from './mutants.ts'
import { survivors } from './survivors.ts'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const leastKilled = 0.95

type Fate = {
  mutant: Mutant
  killedBy: 'generator' | 'types' | 'contract' | undefined
  reason: string | undefined
}

const document = await readDocument(join(repository, 'specs/openapi.yaml'), 'openapi.yaml')
const mutants = mutantsOf(document).filter(({ sort, at }) => `${sort} ${at}`.includes(values.only))
const fates: Fate[] = []
const started = Date.now()

const queue = mutants.entries()
const workers = await Promise.all(
  Array.from({ length: availableParallelism() }, () => createScratch()),
)
try {
  await control()
  await Promise.all(
    workers.map(async (scratch) => {
      for (const [, mutant] of queue) {
        fates.push({ mutant, killedBy: await kill(scratch, mutant), reason: reasonFor(mutant) })
        if (fates.length % 20 === 0) {
          console.log(
            `${fates.length} of ${mutants.length} mutants, ${Math.round((Date.now() - started) / 1000)} s`,
          )
        }
      }
    }),
  )
} finally {
  await Promise.all(workers.map(({ remove }) => remove()))
}
await report()

async function kill(scratch: Scratch, { document }: Mutant): Promise<Fate['killedBy']> {
  const file = join(scratch.root, 'specs/openapi.yaml')
  await writeFile(file, stringify(document, { aliasDuplicateObjects: false }))
  try {
    for (const [path, content] of await generateCode(document)) {
      if (!path.startsWith('packages/types/')) {
        continue
      }
      await mkdir(dirname(join(scratch.root, path)), { recursive: true })
      await writeFile(join(scratch.root, path), content)
    }
  } catch (error) {
    if (error instanceof SpecError) {
      return 'generator'
    }
    throw error
  }
  if ((await scratch.typecheck()).length > 0) {
    return 'types'
  }
  return (await scratch.contract(file)).failed === undefined ? undefined : 'contract'
}

/** What kills the unchanged document would kill every mutant, and prove nothing. */
async function control(): Promise<void> {
  const [scratch] = workers
  const killedBy = scratch && (await kill(scratch, { sort: 'unchanged', at: '#', document }))
  if (killedBy) {
    throw new Error(`The unchanged document does not pass: ${killedBy}`)
  }
}

function reasonFor({ sort, at }: Mutant): string | undefined {
  return survivors.find((known) => known.sort.test(sort) && known.at.test(at))?.reason
}

async function report(): Promise<void> {
  const alive = fates.filter(({ killedBy }) => !killedBy)
  const unexplained = alive.filter(({ reason }) => !reason)
  const rate = fates.length === 0 ? 0 : 1 - alive.length / fates.length
  for (const by of ['generator', 'types', 'contract'] as const) {
    console.log(
      `killed by ${by.padEnd(9)} ${fates.filter(({ killedBy }) => killedBy === by).length}`,
    )
  }
  console.log(`survived            ${alive.length}`)
  for (const { mutant, reason } of alive) {
    console.log(`  ${mutant.sort} at ${mutant.at}\n    ${reason ?? 'NOT EXPLAINED'}`)
  }
  console.log(
    `${(rate * 100).toFixed(1)} % of ${fates.length} mutants were killed in ${Math.round((Date.now() - started) / 1000)} s`,
  )
  const counts = {
    numPassedTests: fates.length - alive.length,
    numFailedTests: unexplained.length,
    numPendingTests: alive.length - unexplained.length,
  }
  await mkdir(join(repository, 'scripts/reports'), { recursive: true })
  await writeFile(join(repository, 'scripts/reports/mutants.json'), JSON.stringify(counts))
  if (rate < leastKilled || unexplained.length > 0) {
    process.exitCode = 1
  }
}

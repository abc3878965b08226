// `pnpm test:matrix [--only TEXT] [--target URL]`: packs the packages, publishes them to a registry
// on this machine, installs every example from there by name and version, and runs it in every
// runtime of runtimes.yaml against a mock. The last lines are a table.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createCells, type Bench, type Cell } from './matrix/cells.ts'
import { createProjects } from './matrix/project.ts'
import { table, writeReport, type Outcome } from './matrix/report.ts'
import { readRuntimes } from './matrix/runtimes.ts'
import { createTools } from './matrix/tools.ts'
import { readBudgets } from './packages/budgets.ts'
import { publishedPackages } from './packages/manifest.ts'
import { pack } from './packages/pack.ts'
import { startRegistry } from './packages/registry.ts'
import { startPrism } from 'test-kit/prism'
import { Unavailable } from 'test-kit/unavailable'
import { repository } from './scratch.ts'

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, target: { type: 'string' } },
})
const folder = await mkdtemp(join(tmpdir(), 'apikley-matrix-'))
const registry = await startRegistry()
const mock =
  values.target === undefined ? await startPrism(join(repository, 'specs/openapi.yaml')) : undefined
try {
  const packages = await publishedPackages()
  const tarballs = join(folder, 'tarballs')
  await mkdir(tarballs)
  for (const each of packages) {
    await registry.publish(await pack(each, tarballs))
  }
  // All packages have one version.
  const version = packages[0]?.manifest.version ?? ''
  console.log(`Published ${packages.length} packages, version ${version}`)

  const bench: Bench = {
    folder,
    tools: createTools(join(folder, 'tools')),
    projects: createProjects(join(folder, 'projects'), registry.npmrc, version),
    target: values.target ?? mock?.url ?? '',
  }
  const cells = createCells(await readRuntimes(), await readBudgets()).filter(
    ({ runtime, format }) => `${runtime} ${format}`.includes(values.only),
  )
  const outcomes = await all(cells, bench)
  await writeReport(join(repository, 'scripts/reports/matrix.json'), outcomes)
  console.log(`\n${table(outcomes)}`)
  if (
    outcomes.some(({ result }) => result === 'failed') ||
    !outcomes.some(({ result }) => result === 'passed')
  ) {
    process.exitCode = 1
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await mock?.stop()
  await registry.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Two at a time: most of it is waiting for a network or a clock. */
async function all(cells: Cell[], bench: Bench): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const queue = [...cells.entries()]
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      outcomes[next[0]] = await one(next[1], bench)
    }
  }
  await Promise.all([worker(), worker()])
  return outcomes
}

async function one({ runtime, format, run }: Cell, bench: Bench): Promise<Outcome> {
  const started = performance.now()
  const outcome = (result: Outcome['result'], said: string): Outcome => {
    const seconds = (performance.now() - started) / 1000
    console.log(`${runtime}, ${format}: ${result === 'passed' ? said : `${result}: ${said}`}`)
    return { runtime, format, result, seconds, ...(result === 'passed' ? {} : { reason: said }) }
  }
  try {
    return outcome('passed', await run(bench))
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return outcome(error instanceof Unavailable ? 'skipped' : 'failed', said)
  }
}

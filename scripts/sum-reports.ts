// Sums up what the test runners reported, as one line. A script `test` of a workspace writes `reports/tests.json`, `test:deep` writes `reports/deep.json`,
// and so on: one that is missing counts as a failure.
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readManifest } from './packages/manifest.ts'
import { repository } from './scratch.ts'

const reports = ['packages/client/reports/simulator.json', 'packages/client/reports/page.json']
for (const name of ['deep', 'matrix', 'mutants', 'kinds', 'release']) reports.push(`scripts/reports/${name}.json`)
for await (const path of glob(['packages/*/package.json', 'examples/*/package.json', 'scripts/package.json'], { cwd: repository })) {
  const folder = dirname(path)
  for (const script of Object.keys((await readManifest(join(repository, folder))).scripts ?? {})) {
    const [, name] = /^test(?::(.+))?$/.exec(script) ?? []
    if (script.startsWith('test')) reports.push(`${folder}/reports/${name ?? 'tests'}.json`)
  }
}

let [passed, failed, skipped] = [0, 0, 0]
for (const path of reports.toSorted()) {
  try {
    const report: { numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests?: number } = JSON.parse(
      await readFile(join(repository, path), 'utf8'),
    )
    passed += report.numPassedTests
    failed += report.numFailedTests
    skipped += report.numPendingTests + (report.numTodoTests ?? 0)
  } catch {
    console.error(`There is no report ${path}`)
    failed += 1
  }
}
if (failed > 0) process.exitCode = 1
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)

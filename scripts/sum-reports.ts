// Sums up what the test runners reported, as one line. Fails when a runner reported nothing at all.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const packages = await readdir(join(import.meta.dirname, '../packages'))
const reports = [
  ...packages.map((name) => `packages/${name}/reports/tests.json`),
  'packages/client/reports/simulator.json',
  'packages/client/reports/deep.json',
  'examples/demo/reports/tests.json',
  'examples/open-telemetry/reports/tests.json',
  'scripts/reports/tests.json',
  'scripts/reports/packages.json',
  'scripts/reports/matrix.json',
  'scripts/reports/release.json',
  'scripts/reports/deep.json',
  'scripts/reports/mutants.json',
  'scripts/reports/kinds.json',
]

let [passed, failed, skipped] = [0, 0, 0]
for (const path of reports) {
  try {
    const report: { numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests?: number } = JSON.parse(
      await readFile(join(import.meta.dirname, '..', path), 'utf8'),
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

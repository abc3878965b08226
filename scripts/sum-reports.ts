// Sums up what the test runners reported, as one line. A missing report counts as a failure.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from './scratch.ts'

const reports = ['quick', 'browser', 'deep'].map((name) => `reports/${name}.json`)
for (const name of ['matrix', 'release']) {
  reports.push(`scripts/reports/${name}.json`)
}

let [passed, failed, skipped] = [0, 0, 0]
for (const path of reports.toSorted()) {
  try {
    const report: {
      numPassedTests: number
      numFailedTests: number
      numPendingTests: number
      numTodoTests?: number
    } = JSON.parse(await readFile(join(repository, path), 'utf8'))
    passed += report.numPassedTests
    failed += report.numFailedTests
    skipped += report.numPendingTests + (report.numTodoTests ?? 0)
  } catch {
    console.error(`There is no report ${path}`)
    failed += 1
  }
}
if (failed > 0) {
  process.exitCode = 1
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)

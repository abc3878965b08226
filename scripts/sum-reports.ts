// `node scripts/sum-reports.ts FILE…`: adds up the JSON reports of Vitest in one line. A missing
// report counts as a failure.
import { readFile } from 'node:fs/promises'

const sums = { passed: 0, failed: 0, skipped: 0 }
for (const path of process.argv.slice(2)) {
  try {
    const report: Record<string, number> = JSON.parse(await readFile(path, 'utf8'))
    sums.passed += report.numPassedTests ?? 0
    sums.failed += report.numFailedTests ?? 0
    sums.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
  } catch {
    console.error(`The report ${path} is missing.`)
    sums.failed++
  }
}
process.exitCode = sums.failed > 0 ? 1 : 0
console.log(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`)

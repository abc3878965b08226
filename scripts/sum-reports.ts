// `node scripts/sum-reports.ts FILE…`: adds up the JSON reports of Vitest in one line. A missing
// report counts as a failure.
import { readFile } from 'node:fs/promises'

type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

let passed = 0
let failed = 0
let skipped = 0
for (const path of process.argv.slice(2)) {
  try {
    const report: Report = JSON.parse(await readFile(path, 'utf8'))
    passed += report.numPassedTests
    failed += report.numFailedTests
    skipped += report.numPendingTests + report.numTodoTests
  } catch {
    console.error(`The report ${path} is missing.`)
    failed++
  }
}
if (failed > 0) {
  process.exitCode = 1
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)

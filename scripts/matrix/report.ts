import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export type Outcome = {
  runtime: string
  format: string
  result: 'passed' | 'failed' | 'skipped'
  seconds: number
  reason?: string
}

export function table(outcomes: Outcome[]): string {
  const rows = [
    ['runtime', 'format', 'result', 'time', ''],
    ...outcomes.map(({ runtime, format, result, seconds, reason = '' }) => [
      runtime,
      format,
      result,
      `${seconds.toFixed(1)} s`,
      reason.split('\n')[0] ?? '',
    ]),
  ]
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The counts as a test runner reports them, so that they are summed with the others. */
export async function writeReport(path: string, outcomes: Outcome[]): Promise<void> {
  const count = (result: Outcome['result']): number =>
    outcomes.filter((outcome) => outcome.result === result).length
  await mkdir(dirname(path), { recursive: true })
  const report = {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    outcomes,
  }
  await writeFile(path, `${JSON.stringify(report, undefined, 2)}\n`)
}

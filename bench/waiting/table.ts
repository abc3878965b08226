/** Prints rows below each other, texts to the left and numbers to the right. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const lines = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  )
  console.log(`${title}\n`)
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('   ')
        .trimEnd(),
    )
  }
  console.log()
}

/** A figure beside the most that it may be; what is above fails the measurement. */
export function within(value: number, most: number | undefined, digits = 0): string {
  if (most === undefined) {
    return value.toFixed(digits)
  }
  if (value <= most) {
    return `${value.toFixed(digits)} of ${most}`
  }
  process.exitCode = 1
  return `${value.toFixed(digits)} of ${most}, TOO MUCH`
}

/** Prints a measurement. The process fails when a value is above its limit. */
export function print(name: string, value: number, unit: string, limit?: number): void {
  const isAbove = limit !== undefined && !(value <= limit)
  const note =
    limit === undefined ? '' : `  (at most ${Number(limit.toFixed(2))}${isAbove ? ': FAILED' : ''})`
  const digits = Math.abs(value) < 100 ? 2 : 0
  console.log(`${name.padEnd(56)}${value.toFixed(digits).padStart(10)} ${unit}${note}`)
  if (isAbove) {
    process.exitCode = 1
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

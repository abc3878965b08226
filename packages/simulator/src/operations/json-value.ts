/** Whether arrays and objects lie within each other more than `levels` times. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(part, levels - 1))
}

/**
 * A copy of a JSON value, with `redact` applied to its texts and to the names of its properties.
 */
export function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') {
    return redact(value)
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  if (Array.isArray(value)) {
    return value.map((item) => redacted(item, redact))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [redact(name), redacted(part, redact)]),
  )
}

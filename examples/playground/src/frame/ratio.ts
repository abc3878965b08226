/** A shape, in any unit: 16 by 9 is the same as 1600 by 900. */
export interface Ratio {
  readonly width: number
  readonly height: number
}

/**
 * The shape that a value of the API names: `square_hd`, `portrait_16_9` (upright, so 9 by 16),
 * `21:9`. Nothing when it names none.
 */
export function ratioOf(value: unknown): Ratio | undefined {
  const text = String(value).trim()
  if (/^square(_|$)/.test(text)) {
    return { width: 1, height: 1 }
  }
  const [, way, one, other] = /^(?:(portrait|landscape)_)?(\d{1,2})[_:](\d{1,2})$/.exec(text) ?? []
  const [a, b] = [Number(one), Number(other)]
  if (!a || !b) {
    return undefined
  }
  if (way === undefined) {
    return { width: a, height: b }
  }
  const [short, long] = [Math.min(a, b), Math.max(a, b)]
  return way === 'portrait' ? { width: short, height: long } : { width: long, height: short }
}

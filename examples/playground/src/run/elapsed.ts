/**
 * A time that passes, as a watch shows it: `0:07`, `12:30`.
 *
 * @param ms negative values, from two clocks that differ, count as 0
 */
export function elapsedLabel(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** A finished time: `7.3 s`, `12:30 min`. */
export function durationLabel(ms: number): string {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : `${elapsedLabel(ms)} min`
}

/**
 * A duration as a watch shows it: `0:07`, `12:30`.
 *
 * @param ms below nothing, as when two clocks differ, counts as nothing
 */
export function elapsedLabel(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

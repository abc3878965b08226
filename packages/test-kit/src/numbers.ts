/** Numbers in [0, 1), the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** The largest number of `times` within any `window` ms. */
export function mostWithin(times: readonly number[], window: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  let first = 0
  return sorted.reduce((most, time, last) => {
    while ((sorted[first] ?? time) <= time - window) {
      first += 1
    }
    return Math.max(most, last - first + 1)
  }, 0)
}

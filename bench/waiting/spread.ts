import { seeded } from 'test-kit/numbers'

/**
 * Times in ms, evenly spread over `seconds` +/- 25 %, in no order: so that few of them show what
 * many would.
 */
export function spread(seconds: number, count: number): number[] {
  const random = seeded(seconds)
  return Array.from({ length: count }, (_, index) => ({
    ms: Math.round(seconds * 1000 * (0.75 + (index + 0.5) / count / 2)),
    at: random(),
  }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ ms }) => ms)
}

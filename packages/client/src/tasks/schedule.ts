/**
 * How long to wait before the next look at a task, in ms, `elapsed` ms after the first. The schedule is the one that Apikley documents on
 * its page about task details, spread evenly over the range it names.
 */
export function pollDelay(elapsed: number, minInterval: number, random: () => number): number {
  const [shortest, longest] = elapsed < 30_000 ? [2000, 3000] : elapsed < 120_000 ? [5000, 10_000] : [15_000, 30_000]
  return Math.max(minInterval, shortest + random() * (longest - shortest))
}

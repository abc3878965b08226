import { createHash } from 'node:crypto'

/**
 * Evenly distributed in [0, 1), and the same again for the same seed and purpose. The generator is
 * mulberry32.
 */
export function createRandom(seed: number, purpose: string): () => number {
  let state = createHash('sha256').update(`${seed} ${purpose}`).digest().readUInt32LE()
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** 128 bits in hexadecimal, as task ids are. */
export function randomId(random: () => number): string {
  const word = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return word() + word() + word() + word()
}

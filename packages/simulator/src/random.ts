import { createHash } from 'node:crypto'

/**
 * Evenly distributed in [0, 1), and the same again for the same seed and purpose. The generator is
 * sfc32 (PractRand).
 */
export function createRandom(seed: number, purpose: string): () => number {
  const state = new Uint32Array(4)
  const hash = createHash('sha256').update(`${seed} ${purpose}`).digest()
  for (let word = 0; word < 4; word++) {
    state[word] = hash.readUInt32LE(word * 4)
  }
  return () => {
    const [a = 0, b = 0, c = 0, count = 0] = state
    const sum = (a + b + count) >>> 0
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + sum
    state[3] = count + 1
    return sum / 2 ** 32
  }
}

/** 128 bits in hexadecimal, as task ids are. */
export function randomId(random: () => number): string {
  let id = ''
  for (let word = 0; word < 4; word++) {
    id += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  }
  return id
}

export function between(random: () => number, [least, most]: readonly [number, number]): number {
  return Math.round(least + random() * (most - least))
}

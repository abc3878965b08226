/** The client's only source of time. Tests pass a virtual one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once after `ms`. Returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void
}

/** What the client needs from its environment. Tests can replace every part. */
export interface Runtime {
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A longer timer fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
}

/** Cryptographically strong, because attempt ids are made of it. Filled in blocks for speed. */
function createSystemRandom(): () => number {
  const words = new Uint32Array(64)
  let used = words.length
  return () => {
    if (used === words.length) {
      crypto.getRandomValues(words)
      used = 0
    }
    const word = words[used] ?? 0
    used += 1
    return word / 2 ** 32
  }
}

/** The platform's clock, randomness and environment, except for `parts`. */
export function createRuntime(parts: Partial<Runtime> = {}): Runtime {
  return {
    clock: parts.clock ?? systemClock,
    random: parts.random ?? createSystemRandom(),
    // Read on use, because Deno asks its user for permission.
    get env() {
      return parts.env ?? (typeof process === 'object' ? process.env : {})
    },
  }
}

/** 128 random bits in hexadecimal. */
export function randomId(random: () => number): string {
  return Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
}

/** Whether this is a page or its worker, where a key would be public. */
export function isBrowser(): boolean {
  const has = (name: string): boolean => Reflect.get(globalThis, name) !== undefined
  if (has('window') && has('document')) {
    return true
  }
  const agent: unknown =
    typeof navigator === 'object' ? Reflect.get(navigator, 'product') : undefined
  if (agent === 'ReactNative') {
    return true
  }
  // Some servers have importScripts too. They are known by their globals.
  return (
    has('WorkerGlobalScope') &&
    has('importScripts') &&
    !has('Deno') &&
    !has('Bun') &&
    !has('WebSocketPair')
  )
}

/** The client's only source of time. Tests pass a virtual one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once after `ms`. Returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void
  /** Keeps a virtual clock from jumping while `work` is in flight. Returns `work`. */
  during?<Result>(work: Promise<Result>): Promise<Result>
}

/** Keeps a virtual clock from jumping while `work` is in flight. */
export function hold<Result>(clock: Clock, work: Promise<Result>): Promise<Result> {
  return clock.during?.(work) ?? work
}

/** What the client needs from its environment. Tests can replace every part. */
export interface Runtime {
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A longer timer fires at once. Node warns of one and of a negative one. */
const MAX_TIMER_MS = 2 ** 31 - 1

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.max(0, Math.min(ms, MAX_TIMER_MS)))
    return () => clearTimeout(timer)
  },
}

/** Cryptographically strong, because idempotency keys are made of it. Filled in blocks for speed. */
function createSystemRandom(): () => number {
  const words = new Uint32Array(64)
  let index = -1
  return () => {
    index = (index + 1) % words.length
    if (index === 0) {
      crypto.getRandomValues(words)
    }
    return (words[index] ?? 0) / 2 ** 32
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

/** A valid URL. Safari 16 and React Native have no `URL.canParse`. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
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
  const isReactNative =
    typeof navigator === 'object' && Reflect.get(navigator, 'product') === 'ReactNative'
  // Some servers have importScripts too. They are known by their globals.
  const isServer = has('Deno') || has('Bun') || has('WebSocketPair')
  const isWorker = has('WorkerGlobalScope') && has('importScripts') && !isServer
  return (has('window') && has('document')) || isReactNative || isWorker
}

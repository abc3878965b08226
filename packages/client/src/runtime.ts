/** Time, as the client uses it. Tests pass one that they move. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once, `ms` from now, and gives the function that calls it off. */
  after(ms: number, callback: () => void): () => void
}

/** What the client takes from its surroundings. Every part can be replaced in tests. */
export interface Runtime {
  readonly clock: Clock
  /** Evenly distributed in [0, 1). */
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
}

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    // A longer delay would wrap around to none at all.
    const timer = setTimeout(callback, Math.min(ms, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}

/**
 * A clock's time, except that it never goes back: where the clock is put back, time goes on from
 * where it was. It is not read before it is asked for, because Next.js refuses to render a page
 * beforehand that looks at the time.
 */
export function continuousTime({ now }: Clock): () => number {
  let last = -Infinity
  let offset = 0
  return () => {
    const shown = now()
    if (shown < last) {
      offset += last - shown
    }
    last = shown
    return shown + offset
  }
}

/** From the platform's strong source, because attempt ids are made of it. */
function systemRandom(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1))
  return word / 2 ** 32
}

/** The platform's own clock, randomness and environment, with `parts` put in their place. */
export function createRuntime(parts: Partial<Runtime> = {}): Runtime {
  return {
    clock: parts.clock ?? systemClock,
    random: parts.random ?? systemRandom,
    // Only looked at when it is needed: Deno asks its user for permission.
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

/** A page, or a worker of one; there, whatever the program holds is everyone's. */
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
  // Workers of a page have importScripts; so have some servers, which name themselves.
  return (
    has('WorkerGlobalScope') &&
    has('importScripts') &&
    !has('Deno') &&
    !has('Bun') &&
    !has('WebSocketPair')
  )
}

/**
 * Where a proxy keeps what became of attempts to create tasks, so that a repeat gets the same
 * answer and buys nothing. Keys and values are texts without secrets; values are no JSON, so that
 * no client of a store reads them by itself. With a store that several instances share (Redis, for
 * instance), repeats are joined across all of them.
 */
export interface Attempts {
  /**
   * Keeps `value` for `ttl` ms when there is nothing under `key`, in one step, and gives nothing;
   * or else gives what is there. In Redis: `SET key value NX GET PX ttl` (Redis 7). Anything else
   * that it gives is an error, and then nothing is bought.
   */
  add(key: string, value: string, ttl: number): Promise<string | undefined | null>
  /** Keeps `value` for `ttl` ms in the place of what is there. In Redis: `SET key value PX ttl`. */
  set(key: string, value: string, ttl: number): Promise<unknown>
  /**
   * Takes away what is under `key`, unless that is anything but `value`: a client of a store may
   * ask again when a connection breaks, and by then the key may hold another attempt, which was
   * bought. In Redis a script: `if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del',
   * KEYS[1]) end`.
   */
  delete(key: string, value: string): Promise<unknown>
  /**
   * It knows only what this instance did since it started, so what it does not know may have been
   * bought. Default: `false`.
   */
  readonly inMemory?: boolean | undefined
}

/**
 * Attempts in memory: for one instance of the server, and for tests. A proxy has its own without
 * being given any.
 *
 * @param options `capacity`: how many are kept at most; the oldest make room. Default: 10,000,
 *   which is about 5 MB.
 */
export function createAttempts({
  capacity = 10_000,
  now = Date.now,
}: { capacity?: number; now?: () => number } = {}): Attempts {
  const kept = new Map<string, { readonly value: string; readonly until: number }>()
  const attempts: Attempts = {
    async add(key, value, ttl) {
      const known = kept.get(key)
      if (known && known.until > now()) {
        return known.value
      }
      return void attempts.set(key, value, ttl)
    },
    async set(key, value, ttl) {
      kept.delete(key)
      kept.set(key, { value, until: now() + ttl })
      // Ordered by age, and all are kept equally long.
      for (const [oldest, { until }] of kept) {
        if (until > now() && kept.size <= capacity) {
          break
        }
        kept.delete(oldest)
      }
    },
    delete: async (key, value) => kept.get(key)?.value === value && kept.delete(key),
    inMemory: true,
  }
  return attempts
}

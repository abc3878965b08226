import type { Clock } from '../../src/index.ts'

/** A clock that counts its pending timers. */
export function countTimers(clock: Clock): Clock & { readonly pending: number } {
  const pending = new Set<object>()
  return {
    now: () => clock.now(),
    after(ms, callback) {
      const timer = {}
      pending.add(timer)
      const cancel = clock.after(ms, () => {
        pending.delete(timer)
        callback()
      })
      return () => {
        pending.delete(timer)
        cancel()
      }
    },
    get pending() {
      return pending.size
    },
  }
}

/**
 * Where runs with a `persistKey` are remembered, for a page that is loaded again. Each function may give a promise. What one throws or rejects with is
 * ignored: the run goes on, and a page that is loaded again does not find it.
 *
 * @example
 * import { del, get, set } from 'idb-keyval'
 * const store: RunStore = { get, set, remove: del }
 */
export interface RunStore {
  readonly get: (key: string) => string | null | undefined | Promise<string | null | undefined>
  readonly set: (key: string, value: string) => unknown
  readonly remove: (key: string) => unknown
}

/** Touched when it is used, and not before: servers have none, and some browsers forbid it. */
export const browserStore: RunStore = {
  get: (key) => localStorage.getItem(key),
  set: (key, value) => localStorage.setItem(key, value),
  remove: (key) => localStorage.removeItem(key),
}

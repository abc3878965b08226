/**
 * Where runs with a `persistKey` are remembered, for a page that is loaded again: `sessionStorage`,
 * React Native's `AsyncStorage`, or one of your own, which may give promises. What it throws or
 * rejects with is ignored: the run goes on, and a page that is loaded again does not find it. Nor
 * does a run wait for it longer than 10 s, though what was asked of it is still done, in its order.
 *
 * @example
 * useRun('ideogram/v3-reframe', { persistKey: 'hero', store: sessionStorage })
 */
export interface RunStore {
  readonly getItem: (key: string) => string | null | undefined | Promise<string | null | undefined>
  readonly setItem: (key: string, value: string) => unknown
  readonly removeItem: (key: string) => unknown
}

/** Whether the callbacks of a client's tasks come to this client, as far as it can tell. They may as well get lost, or go to another process. */
export interface CallbackTrust {
  /** At first they are relied on. */
  relied(): boolean
  came(): void
  /** A look found what a callback should have told. */
  missed(): void
}

export function createCallbackTrust(): CallbackTrust {
  // So many have to come before they are relied on again, and so many after the next one that does not.
  let distrust = 0
  let caution = 1
  return {
    relied: () => distrust === 0,
    came() {
      if (distrust === 0) caution = Math.max(1, caution / 2)
      else distrust--
    },
    missed() {
      if (distrust > 0) return
      distrust = caution
      caution *= 2
    },
  }
}

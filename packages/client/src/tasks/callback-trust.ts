/**
 * Whether the callbacks of a client's tasks come to this client, as far as it can tell. They may as
 * well get lost, or go to another process.
 */
export interface CallbackTrust {
  /** At first they are relied on. */
  relied(): boolean
  came(): void
  /** A look found what a callback should have told. Gives whether they were relied on until now. */
  missed(): boolean
}

/**
 * Of what is relied on, each that does not come makes its task late. So they are while fewer than
 * about 1 in 30 are missed.
 */
const forgiving = 0.1

/** More callbacks in a row than this are never asked for, in ever so many tasks. */
const mostCaution = 1000

export function createCallbackTrust(): CallbackTrust {
  // So many have to come before they are relied on again, and twice as many after the next one that
  // does not.
  let distrust = 0
  let caution = 1
  return {
    relied: () => distrust === 0,
    came() {
      if (distrust > 0) {
        distrust--
      } else {
        caution = Math.max(1, caution - forgiving)
      }
    },
    missed() {
      if (distrust > 0) {
        return false
      }
      distrust = Math.round(caution)
      caution = Math.min(mostCaution, caution * 2)
      return true
    },
  }
}

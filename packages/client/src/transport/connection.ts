/**
 * No connection, or one whose certificate is refused, which is before the request goes through it.
 */
const unopened =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ConnectionRefused|UND_ERR_CONNECT_TIMEOUT|((ERR_TLS_)?CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_.+)$/

/**
 * Whether a failed `fetch` proves that no connection was opened, so that nothing can have been
 * sent. Node says so in `cause.code`, Bun in `code`, Deno in the words of the cause; browsers and
 * workerd do not say, and then it is not proven.
 */
export function neverOpened(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false
  }
  const { cause } = error
  if ([error, cause].some(isProof)) {
    return true
  }
  // Several addresses were tried, each in vain.
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return cause.errors.every(isProof)
  }
  return (
    'Deno' in globalThis &&
    [error, cause].some(
      (inner) => inner instanceof Error && inner.message.includes('client error (Connect)'),
    )
  )
}

const isProof = (error: unknown): boolean =>
  // A port that `fetch` forbids (Node) is refused before anything else.
  unopened.test(codeOf(error)) ||
  (error instanceof Error &&
    (error.message === 'bad port' || ('syscall' in error && error.syscall === 'connect')))

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

/** How it failed, in brackets, for a message. */
export function codeIn(error: Error | undefined): string {
  const code = codeOf(error) || codeOf(error?.cause)
  return code && ` (${code})`
}

/**
 * What a failed `fetch` threw, as a cause to keep: name, words, code, place and causes. A given
 * `fetch` may hang requests with their headers on its errors, or quote them; those do not come
 * along.
 */
export function bareCause(
  error: unknown,
  redact: (text: string) => string,
  depth = 0,
): Error | undefined {
  if (!(error instanceof Error) || depth > 4) {
    return undefined
  }
  const code = codeOf(error)
  const cause = bareCause(error.cause, redact, depth + 1)
  const bare = new Error(redact(error.message), cause && { cause })
  return Object.assign(
    bare,
    { name: redact(error.name), stack: redact(error.stack ?? '') },
    code && { code: redact(code) },
  )
}

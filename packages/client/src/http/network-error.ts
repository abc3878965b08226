/** Error codes of Node and Bun that prove that the request was never sent. */
const UNOPENED_CODE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ConnectionRefused|UND_ERR_CONNECT_TIMEOUT)$/

/** A certificate is refused before the request is sent. */
const REFUSED_CERTIFICATE_CODE = /^((ERR_TLS_)?CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_.+$/

/** Causes below this depth are dropped. */
const MAX_CAUSE_DEPTH = 4

/**
 * Whether a failed `fetch` proves that no connection was opened, so that nothing was sent. The
 * proof is in `cause.code` in Node, in `code` in Bun, and in the message of the cause in Deno.
 * Browsers and workerd give no proof.
 */
export function neverOpened(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false
  }
  const { cause } = error
  if (isProof(error) || isProof(cause)) {
    return true
  }
  // Node tried several IP addresses, and all failed.
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

function isProof(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false
  }
  const code = codeOf(error)
  return (
    UNOPENED_CODE.test(code) ||
    REFUSED_CERTIFICATE_CODE.test(code) ||
    // Node refuses a port that `fetch` forbids before it connects.
    error.message === 'bad port' ||
    ('syscall' in error && error.syscall === 'connect')
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

/** The code of an error or its cause in brackets, for a message; otherwise empty. */
export function codeIn(error: Error | undefined): string {
  const code = codeOf(error) || codeOf(error?.cause)
  return code && ` (${code})`
}

/**
 * A copy of what a failed `fetch` threw: name, message, code, stack and causes. A caller's `fetch`
 * may attach the request with its headers to its errors, or quote it. The copy leaves that out.
 */
export function bareCause(
  error: unknown,
  redact: (text: string) => string,
  depth = 0,
): Error | undefined {
  if (!(error instanceof Error) || depth > MAX_CAUSE_DEPTH) {
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

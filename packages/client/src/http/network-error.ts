/** Error codes of Node and Bun that prove that the request was never sent. */
const UNOPENED_CODES = [
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ConnectionRefused|UND_ERR_CONNECT_TIMEOUT)$/,
  // A refused certificate.
  /^((ERR_TLS_)?CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_./,
  // A server that does not speak TLS, or no common version of it.
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|NO_PROTOCOLS_AVAILABLE)$/,
  /^ERR_SSL_((UNSUPPORTED|UNKNOWN)_PROTOCOL|TLSV1_UNRECOGNIZED_NAME)$/,
  /^ERR_SSL_(TLSV1|SSLV3)_ALERT_(PROTOCOL_VERSION|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY)$/,
  /^ERR_SSL_TLSV1_ALERT_(INAPPROPRIATE_FALLBACK|NO_APPLICATION_PROTOCOL)$/,
]

/**
 * Messages of Node without a code of their own: a forbidden port, a proxy that refused the tunnel,
 * and a connection that closed during the handshake.
 */
const UNOPENED_MESSAGES = [
  /^bad port$/,
  /^Proxy response \(\d+\) !== 200 when HTTP Tunneling$/,
  /^Client network socket disconnected before secure TLS connection was established$/,
]

/** Causes below this depth are dropped. */
const MAX_CAUSE_DEPTH = 4

/**
 * Whether a failed `fetch` proves that no connection was opened, so that nothing was sent. The
 * proof is in `cause.code` in Node, in `code` in Bun, and in the message of the cause in Deno.
 * Browsers and workerd give no proof.
 */
export function neverOpened(error: unknown): boolean {
  for (let inner = error, depth = 0; inner instanceof Error && depth < MAX_CAUSE_DEPTH; depth++) {
    // Node tried several IP addresses, and all failed.
    const isEveryAddress =
      inner instanceof AggregateError && inner.errors.length > 0 && inner.errors.every(isProof)
    if (isProof(inner) || isEveryAddress) {
      return true
    }
    inner = inner.cause
  }
  return false
}

function isProof(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false
  }
  const code = codeOf(error)
  return (
    UNOPENED_CODES.some((pattern) => pattern.test(code)) ||
    UNOPENED_MESSAGES.some((pattern) => pattern.test(error.message)) ||
    ('Deno' in globalThis && error.message.includes('client error (Connect)')) ||
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
  const stack = redact(error.stack ?? '')
  return Object.assign(bare, { name: redact(error.name), stack }, code && { code: redact(code) })
}

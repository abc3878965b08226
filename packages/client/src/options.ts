import type { ModelDescriptor } from '@apikley/types'
import { ApikleyError } from './errors.ts'
import type { EventListener } from './events.ts'
import { withLog, type Logger } from './logger.ts'
import { isBrowser, type Clock, type Runtime } from './runtime.ts'
import { checkHistory } from './tasks/check-history.ts'
import type { PollingHistory } from './tasks/history.ts'
import type { KeyRing, TransportConfig } from './transport/fetch.ts'
import { createLimiter, type Limiter, type RateLimit } from './transport/limiter.ts'

/** Everything is optional: on a server, `createApikley()` with `APIKLEY_API_KEY` set is enough. */
export interface ApikleyOptions {
  /** The API key. Default: the environment variable `APIKLEY_API_KEY`. */
  readonly apiKey?: string | undefined
  /** Where the API is. Default: `https://api.apikley.ru`. */
  readonly baseUrl?: string | undefined
  /**
   * Where uploads go. Default: `baseUrl` + `/file-upload`, so a client of a test server never
   * uploads to the real one.
   */
  readonly uploadUrl?: string | undefined
  /**
   * A route of your own that adds the key, made by `createProxyHandler` of `@apikley/server`; then
   * this client has none. Default in browsers: `/api/apikley`.
   */
  readonly proxyUrl?: string | undefined
  /**
   * Default: the platform's `fetch`, as it is when a call is made. One of your own must neither
   * send a request twice nor follow redirects: what it throws about a connection is believed.
   */
  readonly fetch?: typeof globalThis.fetch | undefined
  /**
   * How long one attempt may take, in ms, without the time that a slow line (0.5 Mbit/s) needs for
   * its body. Default: 30,000.
   */
  readonly requestTimeout?: number | undefined
  /** How often a request is sent again, where that is safe. Default: 4. */
  readonly maxRetries?: number | undefined
  /**
   * A service that asks to wait longer than this (`Retry-After`) is not waited for, in ms. Default:
   * 60,000.
   */
  readonly maxRetryAfter?: number | undefined
  /**
   * Default: 20 creates in 10 s and 10 reads a second, each for this client alone. A part that is
   * left out keeps its default.
   */
  readonly limits?:
    | { readonly creates?: RateLimit | undefined; readonly reads?: RateLimit | undefined }
    | undefined
  /** Limiters in place of the ones in memory, for instance to share a limit between processes. */
  readonly limiter?:
    | { readonly creates?: Limiter | undefined; readonly reads?: Limiter | undefined }
    | undefined
  /**
   * `minInterval`: the shortest time between two looks at a task, in ms. Default: 2,000. `history`:
   * what `tasks.pollingHistory()` of an earlier client gave, so that this one knows from the start
   * how long tasks take.
   */
  readonly polling?:
    | { readonly minInterval?: number | undefined; readonly history?: PollingHistory | undefined }
    | undefined
  /** Models whose input is checked before it is sent; for other models it goes as it is. */
  readonly models?: readonly ModelDescriptor[] | undefined
  /**
   * Takes log lines, for instance `console`; each method that it has gets those of its level. What
   * it throws is ignored.
   */
  readonly logger?: Logger | undefined
  /** Takes events. What it throws is ignored. */
  readonly onEvent?: EventListener | undefined
  /**
   * Allows a key in a browser, where everyone can read it. For tools on your own machine and for
   * tests.
   */
  readonly dangerouslyAllowBrowser?: boolean | undefined
}

/**
 * @throws {ApikleyError} `configuration` when the options contradict each other, the key is missing
 * or would be public.
 */
export function resolveOptions(
  options: ApikleyOptions,
  runtime: Runtime,
  keyVariable: string | undefined,
): TransportConfig {
  const { clock, random } = runtime
  const { apiKey, fetch, limits, limiter, logger, onEvent } = options
  const browser = isBrowser()
  const direct = apiKey !== undefined || options.baseUrl !== undefined
  const proxyUrl = options.proxyUrl ?? (browser && !direct ? '/api/apikley' : undefined)
  const proxied = proxyUrl !== undefined
  if (proxied && direct) {
    throw misconfigured(
      'Give either proxyUrl, or apiKey and baseUrl: with a proxy the key stays on the server.',
    )
  }
  if (browser && apiKey !== undefined && options.dangerouslyAllowBrowser !== true) {
    throw misconfigured(
      "An API key in a browser is everyone's. Set up a route on your server and pass proxyUrl; or, if you mean it, set dangerouslyAllowBrowser: true.",
    )
  }
  const baseUrl = checkUrl(
    'baseUrl',
    proxyUrl ?? options.baseUrl ?? 'https://api.apikley.ru',
    proxied,
  )
  checkHistory(options.polling?.history)
  const uploadUrl = checkUrl('uploadUrl', options.uploadUrl ?? `${baseUrl}/file-upload`, proxied)
  return {
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
    ownFetch: fetch !== undefined,
    key: proxied
      ? noKey
      : keyRing(
          checkKey(
            apiKey ?? (browser || keyVariable === undefined ? undefined : runtime.env[keyVariable]),
            keyVariable,
          ),
          [baseUrl, uploadUrl],
        ),
    proxied,
    baseUrl,
    uploadUrl,
    requestTimeout: checkNumber('requestTimeout', options.requestTimeout ?? 30_000, 1),
    maxRetries: checkNumber('maxRetries', options.maxRetries ?? 4, 0),
    maxRetryAfter: checkNumber('maxRetryAfter', options.maxRetryAfter ?? 60_000, 0),
    minInterval: checkNumber('polling.minInterval', options.polling?.minInterval ?? 2000, 0),
    creates:
      limiter?.creates ??
      limiterOf('limits.creates', limits?.creates ?? { limit: 20, interval: 10_000 }, clock),
    reads:
      limiter?.reads ??
      limiterOf('limits.reads', limits?.reads ?? { limit: 10, interval: 1000 }, clock),
    clock,
    random,
    onEvent: logger ? withLog(logger, onEvent) : onEvent,
  }
}

const noKey: KeyRing = { headerFor: () => undefined, redact: (text) => text }

function keyRing(apiKey: string, bases: string[]): KeyRing {
  return {
    headerFor: (url) =>
      bases.some((base) => url.startsWith(`${base}/`)) ? `Bearer ${apiKey}` : undefined,
    // Also as it stands in an address.
    redact: (text) =>
      text.replaceAll(apiKey, '[key]').replaceAll(encodeURIComponent(apiKey), '[key]'),
  }
}

/** A key with a line break or the like would make the platform quote it in an error. */
function checkKey(apiKey: string | undefined, keyVariable: string | undefined): string {
  if (!apiKey) {
    const next = keyVariable === undefined ? 'Pass' : `Set ${keyVariable}, or pass`
    throw misconfigured(
      `There is no API key. ${next} { apiKey }. Keys: https://app.apikley.ru/keys`,
    )
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw misconfigured(
      'The API key holds characters that no key has: check for spaces and line breaks.',
    )
  }
  return apiKey
}

/**
 * In its normal form and without a slash at its end. A proxy's address may be a path, which the
 * page's own address completes.
 */
function checkUrl(name: string, value: string, path: boolean): string {
  const given = value.trim()
  if (path && /^\/(?!\/)/.test(given)) {
    return given.replace(/\/+$/, '')
  }
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  )
  // Not quoted: it may be the key, in the wrong place.
  {
    throw misconfigured(`${name} is not a plain http or https address.`)
  }
  return url.href.replace(/\/+$/, '')
}

function limiterOf(name: string, { limit, interval }: RateLimit, clock: Clock): Limiter {
  return createLimiter(
    {
      limit: checkNumber(`${name}.limit`, limit, 1),
      interval: checkNumber(`${name}.interval`, interval, 0),
    },
    clock,
  )
}

function checkNumber(name: string, value: number, least: number): number {
  if (typeof value !== 'number' || !(value >= least)) {
    throw misconfigured(`${name} should be a number of at least ${least}`)
  }
  return value
}

function misconfigured(message: string): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message })
}

import type { ModelDescriptor } from '@apikley/types'
import { messageOf, misconfigured } from './errors.ts'
import type { EventListener } from './events.ts'
import { RetryBudget } from './http/backoff.ts'
import { checkOptions } from './http/check-options.ts'
import { checkKey, createKeyRing, NO_KEY, type KeyRing } from './http/key-ring.ts'
import { LimitQueue, type Limiter, type RateLimit } from './http/rate-limit.ts'
import { withLog, type Logger } from './logger.ts'
import { isBrowser, parseUrl, type Clock, type Runtime } from './runtime.ts'
import { guardStore, memoryStore, type Store } from './store.ts'
import { checkHistory, DEFAULT_MIN_INTERVAL_MS, type PollingHistory } from './tasks/schedule.ts'

/** All options have defaults: on a server with `APIKLEY_API_KEY` set, none is needed. */
export interface ApikleyOptions {
  /** The API key. Default: the environment variable `APIKLEY_API_KEY`. */
  readonly apiKey?: string | undefined
  /** The base URL of the API. Default: `APIKLEY_BASE_URL`, or `https://api.apikley.ru`. */
  readonly baseUrl?: string | undefined
  /**
   * The base URL for uploads. Default: `baseUrl` + `/file-upload`, so a client of a test server
   * never uploads to the real one.
   */
  readonly uploadUrl?: string | undefined
  /**
   * A route of your own that adds the key, made by `createProxyHandler` of `@apikley/server`. The
   * client then has no key. Default in browsers: `/api/apikley`.
   */
  readonly proxyUrl?: string | undefined
  /**
   * Default: the platform's `fetch` at the time of the call. Your own must neither resend a request
   * nor follow redirects. The client reads from its errors whether a connection was opened. It gets
   * bytes, so a file is read into memory before it is sent.
   */
  readonly fetch?: typeof globalThis.fetch | undefined
  /**
   * How long one attempt may take, in ms. A body gets additional time for a slow line (0.5 Mbit/s).
   * Default: 30,000.
   */
  readonly requestTimeout?: number | undefined
  /**
   * How much of a response the client reads, in bytes after decompression. It does not apply to the
   * files of `files.save`. Default: 4,000,000.
   */
  readonly maxResponseBytes?: number | undefined
  /** How often a request is retried, where that is safe. Default: 4. */
  readonly maxRetries?: number | undefined
  /**
   * The longest `Retry-After` that the client waits for, in ms. With 0 it also fails at once when a
   * limit has none. Default: 60,000.
   */
  readonly maxRetryAfter?: number | undefined
  /** The limits of this client. Default: 20 creates in 10 s and 10 reads a second. */
  readonly limits?: Partial<Record<'creates' | 'reads', RateLimit | undefined>> | undefined
  /**
   * State that several processes share: the limits, and creates by idempotency key. Use one store
   * for one account. Default: a `memoryStore()` of this client.
   */
  readonly store?: Store | undefined
  /**
   * - `firstDelay`: the time between a create and the first poll of its task, in ms, for tests.
   *   Default: see `nextPoll`.
   * - `minInterval`: the shortest time between two polls of a task, in ms. Default: 2,000.
   * - `history`: from `tasks.pollingHistory()` of an earlier client, so that this one knows from the
   *   start how long tasks take.
   */
  readonly polling?:
    | {
        readonly firstDelay?: number | undefined
        readonly minInterval?: number | undefined
        readonly history?: PollingHistory | undefined
      }
    | undefined
  /** Models whose input is checked before it is sent. Default: none. */
  readonly models?: readonly ModelDescriptor[] | undefined
  /** Receives log lines, for example `console`. Its errors are ignored. */
  readonly logger?: Logger | undefined
  /** Receives events. Its errors are ignored. */
  readonly onEvent?: EventListener | undefined
  /**
   * Allows a key of fewer than 16 characters, for tests. Every text that the client returns has
   * `[key]` in its place, so a short key damages words and URLs.
   */
  readonly allowShortKey?: boolean | undefined
  /** Allows a key in a browser, where everyone can read it. For local tools and tests. */
  readonly dangerouslyAllowBrowser?: boolean | undefined
}

/** The resolved options. */
export interface Transport {
  readonly fetch: typeof globalThis.fetch
  readonly baseUrl: string
  readonly uploadUrl: string
  readonly requestTimeout: number
  readonly maxResponseBytes: number
  readonly maxRetries: number
  readonly maxRetryAfter: number
  /** Whether `fetch` is the caller's, so that no other way to send may replace it. */
  readonly ownFetch: boolean
  readonly key: KeyRing
  /** Whether `baseUrl` is a proxy of `@apikley/server`. */
  readonly proxied: boolean
  readonly minInterval: number
  readonly firstDelay: number | undefined
  readonly creates: Limiter
  readonly reads: Limiter
  readonly retries: Pick<RetryBudget, 'take' | 'refund'>
  readonly store: Store
  readonly clock: Clock
  readonly random: () => number
  readonly onEvent: EventListener | undefined
}

/**
 * @throws {ApikleyError} `configuration` if options contradict each other, or if the key would be
 *   public
 */
export function resolveOptions(options: ApikleyOptions, runtime: Runtime): Transport {
  const { apiKey, fetch, polling, logger } = checkOptions(options)
  const onEvent = logger ? withLog(logger, options.onEvent) : options.onEvent
  const store = guardStore(options.store ?? memoryStore(runtime), runtime.clock, onEvent)
  const browser = isBrowser()
  const direct = apiKey !== undefined || options.baseUrl !== undefined
  const proxyUrl = options.proxyUrl ?? (browser && !direct ? '/api/apikley' : undefined)
  const proxied = proxyUrl !== undefined
  if (proxied && direct) {
    throw misconfigured(
      'Pass either proxyUrl, or apiKey and baseUrl: with a proxy the key stays on the server.',
    )
  }
  if (browser && apiKey !== undefined && options.dangerouslyAllowBrowser !== true) {
    throw misconfigured(
      'An API key in a browser is public. Set up a route on your server and pass proxyUrl. ' +
        'For a local tool, set dangerouslyAllowBrowser: true.',
    )
  }
  const { minInterval = DEFAULT_MIN_INTERVAL_MS, firstDelay, history } = polling ?? {}
  checkHistory(history)
  const envUrl = browser || proxied ? undefined : runtime.env.APIKLEY_BASE_URL
  const serviceUrl = options.baseUrl ?? (envUrl || 'https://api.apikley.ru')
  const baseUrl = checkUrl('baseUrl', proxyUrl ?? serviceUrl, proxied)
  const uploadUrl = checkUrl('uploadUrl', options.uploadUrl ?? `${baseUrl}/file-upload`, proxied)
  const find = (): string | undefined =>
    checkKey(apiKey ?? (browser ? undefined : runtime.env.APIKLEY_API_KEY), options.allowShortKey)
  const key = proxied ? NO_KEY : createKeyRing(find, [baseUrl, uploadUrl])
  const limiter = (name: 'creates' | 'reads', defaults: RateLimit): Limiter => {
    const { limit, interval } = options.limits?.[name] ?? defaults
    checkNumber(`limits.${name}.limit`, limit, 1)
    checkNumber(`limits.${name}.interval`, interval, 0)
    return new LimitQueue(store, runtime, name, { limit, interval })
  }
  return {
    fetch: checkedFetch(fetch, key.redact),
    ownFetch: fetch !== undefined,
    key,
    proxied,
    baseUrl,
    uploadUrl,
    requestTimeout: checkNumber('requestTimeout', options.requestTimeout ?? 30_000, 1),
    maxResponseBytes: checkNumber('maxResponseBytes', options.maxResponseBytes ?? 4_000_000, 1),
    maxRetries: checkNumber('maxRetries', options.maxRetries ?? 4, 0),
    maxRetryAfter: checkNumber('maxRetryAfter', options.maxRetryAfter ?? 60_000, 0),
    minInterval: checkNumber('polling.minInterval', minInterval, 0),
    firstDelay: firstDelay && checkNumber('polling.firstDelay', firstDelay, 0),
    creates: limiter('creates', { limit: 20, interval: 10_000 }),
    reads: limiter('reads', { limit: 10, interval: 1000 }),
    retries: new RetryBudget(),
    store,
    clock: runtime.clock,
    random: runtime.random,
    onEvent,
  }
}

/** A `fetch` that is missing or throws has sent nothing. */
function checkedFetch(
  own: typeof globalThis.fetch | undefined,
  redact: KeyRing['redact'],
): typeof globalThis.fetch {
  return (input, init) => {
    const send = own ?? globalThis.fetch
    if (typeof send !== 'function') {
      throw misconfigured('This platform has no fetch. Pass the option fetch.')
    }
    try {
      return send(input, init)
    } catch (cause) {
      throw misconfigured(`The option fetch has thrown: ${redact(messageOf(cause))}.`)
    }
  }
}

/** An http or https URL without credentials, query and hash. */
const PLAIN_URL = /^https?:\/\/[^/?#@]+(\/[^?#]*)?$/

/** The URL in its normal form without a trailing slash. For a proxy, a path is allowed. */
function checkUrl(name: string, value: string, pathAllowed: boolean): string {
  // A caller in JavaScript may pass a URL.
  const trimmed = String(value).trim()
  if (pathAllowed && /^\/(?!\/)/.test(trimmed)) {
    return trimmed.replace(/\/+$/, '')
  }
  const href = parseUrl(trimmed)?.href ?? ''
  if (!PLAIN_URL.test(href)) {
    // Not quoted, because it may be the key in the wrong place.
    throw misconfigured(`${name} must be an http or https URL without query and credentials.`)
  }
  return href.replace(/\/+$/, '')
}

function checkNumber(name: string, value: number, min: number): number {
  if (typeof value !== 'number' || !(value >= min)) {
    throw misconfigured(`${name} must be a number of at least ${min}.`)
  }
  return value
}

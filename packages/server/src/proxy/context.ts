import { createApikley, type Apikley, type RateLimit, type Runtime } from '@apikley/client'
import { report } from '../errors.ts'
import { UserLimiter } from './user-limits.ts'
import { checkSecrets, DEFAULT_MAX_UPLOAD_BYTES, type ProxyOptions } from './options.ts'

/** The objects that all routes share. */
export interface RouteContext {
  readonly options: ProxyOptions
  readonly apikley: Apikley
  /** The secrets that sign handles. */
  readonly secrets: readonly string[]
  readonly limits: Readonly<Record<'creates' | 'uploads' | 'reads', UserLimiter>>
}

/** One request of a user whom `authorize` accepted. */
export interface RouteRequest extends RouteContext {
  readonly request: Request
  readonly user: string
  /** The last segment of the path: a handle or a key. */
  readonly name: string
  /** Call it when the answer is the outcome of a create, whatever happens to its copies. */
  readonly onFinal: () => void
  /** Aborts at the deadline, and when the page disconnects unless the route charges. */
  readonly signal: AbortSignal
}

/** Upload speed of a slow connection (0.5 Mbit/s), as in the client. */
const SLOW_BYTES_PER_MS = 64

/** The deadline for an upload, in ms. */
export function uploadTimeout(requestTimeout: number, bytes: number): number {
  return requestTimeout + bytes / SLOW_BYTES_PER_MS
}

/**
 * Call this with the first request: at build time the environment may be missing.
 *
 * @throws {ApikleyError} `configuration`
 */
export function createContext(options: ProxyOptions, runtime: Partial<Runtime>): RouteContext {
  const { models, uploads, limits = {}, requestTimeout = 25_000, onEvent } = options
  const env = runtime.env ?? (typeof process === 'object' ? process.env : {})
  const secrets = checkSecrets(options.secret ?? env.APIKLEY_PROXY_SECRET)
  const apikley = createApikley(
    {
      ...options,
      models: models.filter((model) => typeof model !== 'string'),
      limits: undefined,
      requestTimeout,
      onEvent(event) {
        if (event.type === 'store') {
          void report(options.onError, event.error)
        }
        onEvent?.(event)
      },
      // The page waits for limits, because it has more time. It does not repeat other retries.
      maxRetries: 2,
      maxRetryAfter: 0,
      // Tests may run a page and its server in one process. Builds for browsers fail anyway.
      dangerouslyAllowBrowser: true,
    },
    runtime,
  )
  const { clock, store, key } = apikley.transport
  key.check()
  const maxBytes = (uploads && uploads.maxBytes) || DEFAULT_MAX_UPLOAD_BYTES
  const maxUploadMs = uploadTimeout(requestTimeout, maxBytes)
  return {
    options,
    apikley,
    secrets,
    limits: {
      creates: new UserLimiter(store, clock, {
        name: 'creates',
        rate: limits.creates ?? perMinute(20),
        maxConcurrent: 50,
        maxDuration: requestTimeout,
      }),
      uploads: new UserLimiter(store, clock, {
        name: 'uploads',
        rate: limits.uploads ?? perMinute(60),
        maxConcurrent: 20,
        maxDuration: maxUploadMs,
      }),
      reads: new UserLimiter(store, clock, {
        name: 'reads',
        rate: limits.reads ?? perMinute(120),
        maxConcurrent: 10,
        maxDuration: requestTimeout,
      }),
    },
  }
}

function perMinute(limit: number): RateLimit {
  return { limit, interval: 60_000 }
}

import { createApikley, type Apikley, type RateLimit, type Runtime } from '@apikley/client'
import { createAttempts } from './attempts.ts'
import { createHandles, type Handles } from './handle.ts'
import { createTurns, createUserLimit, type Turns, type UserLimit } from './limits.ts'
import { createOnce, type Once } from './once.ts'
import { checkSecrets, type ProxyOptions } from './options.ts'
import { uploadTime } from './uploads.ts'

/** The parts that operations work with. */
export interface Proxy {
  readonly options: ProxyOptions
  readonly apikley: Apikley
  readonly requestTimeout: number
  readonly handles: Handles
  readonly once: Once
  readonly creates: UserLimit
  readonly upload: Turns
  readonly read: Turns
}

/**
 * Made with the first request: before, the environment need not be there.
 *
 * @throws {ApikleyError} `configuration`
 */
export function createProxy(
  options: ProxyOptions,
  report: (error: unknown) => unknown,
  runtime: Partial<Runtime>,
): Proxy {
  const { models, limits = {}, requestTimeout = 25_000 } = options
  const env = runtime.env ?? (typeof process === 'object' ? process.env : {})
  const secrets = checkSecrets(options.secret ?? env.APIKLEY_PROXY_SECRET)
  const apikley = createApikley(
    {
      ...options,
      models: models.filter((model) => typeof model !== 'string'),
      limits: undefined,
      requestTimeout,
      // The client in the page sends again as well, and has more time.
      maxRetries: 2,
      maxRetryAfter: 5000,
      // No browser has this package: a build for one fails. A test may have a page beside its
      // server, though.
      dangerouslyAllowBrowser: true,
    },
    runtime,
  )
  const { clock } = apikley.transport
  const { attempts = createAttempts({ now: clock.now }) } = options
  const perMinute = (limit: number): RateLimit => ({ limit, interval: 60_000 })
  return {
    options: { ...options, attempts },
    apikley,
    requestTimeout,
    handles: createHandles(secrets),
    once: createOnce(attempts, clock, report),
    creates: createUserLimit(limits.creates ?? perMinute(20), clock),
    upload: createTurns(
      createUserLimit(limits.uploads ?? perMinute(60), clock),
      clock,
      20,
      uploadTime(options, requestTimeout),
    ),
    read: createTurns(
      createUserLimit(limits.reads ?? perMinute(120), clock),
      clock,
      10,
      requestTimeout,
    ),
  }
}

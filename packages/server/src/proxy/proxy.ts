import { createApikley, type Apikley, type Clock, type Runtime } from '@apikley/client'
import { createAttempts } from './attempts.ts'
import { createHandles, type Handles } from './handle.ts'
import { createUserLimit, type UserLimit } from './limits.ts'
import { createOnce, type Once } from './once.ts'
import { checkSecrets, type ProxyOptions } from './options.ts'

/** The parts that operations work with. */
export interface Proxy {
  readonly options: ProxyOptions
  readonly apikley: Apikley
  readonly clock: Clock
  readonly requestTimeout: number
  readonly handles: Handles
  readonly once: Once
  readonly limits: { readonly creates: UserLimit; readonly uploads: UserLimit; readonly reads: UserLimit }
}

const minute = 60_000

/**
 * Made with the first request: before, the environment need not be there.
 *
 * @throws {ApikleyError} `configuration`
 */
export function createProxy(options: ProxyOptions, onError: (error: unknown) => void, runtime: Partial<Runtime>): Proxy {
  const { apiKey, baseUrl, uploadUrl, fetch, logger, onEvent, limits, requestTimeout = 25_000 } = options
  const env = runtime.env ?? (typeof process === 'object' ? process.env : {})
  const secrets = checkSecrets(options.secret ?? env.APIKLEY_PROXY_SECRET)
  const models = options.models.filter((model) => typeof model !== 'string')
  const apikley = createApikley(
    // What may be sent again, the client in the page sends again as well.
    { apiKey, baseUrl, uploadUrl, fetch, logger, onEvent, models, requestTimeout, maxRetries: 2 },
    runtime,
  )
  const { clock } = apikley.transport
  const attempts = options.attempts ?? createAttempts({ now: clock.now })
  return {
    options,
    apikley,
    clock,
    requestTimeout,
    handles: createHandles(secrets),
    once: createOnce(attempts, clock, requestTimeout, onError),
    limits: {
      creates: createUserLimit(limits?.creates ?? { limit: 20, interval: minute }, clock),
      uploads: createUserLimit(limits?.uploads ?? { limit: 60, interval: minute }, clock),
      reads: createUserLimit(limits?.reads ?? { limit: 600, interval: minute }, clock),
    },
  }
}

import type { ApikleyOptions, RateLimit } from '@apikley/client'
import type { ModelDescriptor, ModelId } from '@apikley/types'
import { checkSetup } from '../errors.ts'
import { isWebUrl } from '../request-body.ts'

/**
 * The options of `createProxyHandler`. The proxy is closed by default: `models` and `authorize` are
 * required. Options that `createApikley` also has mean the same here.
 */
export interface ProxyOptions extends Pick<
  ApikleyOptions,
  'apiKey' | 'baseUrl' | 'uploadUrl' | 'fetch' | 'logger' | 'onEvent' | 'store'
> {
  /**
   * The models that pages may use: ids, or descriptors from `@apikley/types/models/…`, which check
   * the input before it is sent.
   */
  readonly models: readonly (ModelId | ModelDescriptor)[]
  /**
   * Returns the id of the user, or nothing to refuse the request with 401. It gets the request
   * without its body. `() => 'anonymous'` accepts everybody as one user, who sees all tasks, and needs `hosts`. If it
   * throws or times out, the page gets a `maintenance` error and retries.
   *
   * @example
   * authorize: async (request) => (await sessionOf(request))?.userId
   */
  readonly authorize: (request: Request) => Authorized | Promise<Authorized>
  /**
   * Signs task ids and idempotency keys, so that only their user can use them. At least 32
   * characters, the same in all instances. In a list for rotation, the first signs, and all are
   * accepted. Default: the environment variable `APIKLEY_PROXY_SECRET`.
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * Decides whether a task is created. `true` creates it. A text refuses it with this reason, and
   * everything else without one. If it throws, the page gets a `maintenance` error and retries. The
   * retry calls it again, so count by `idempotencyKey`.
   * Default: every task of `models` is allowed.
   */
  readonly allow?:
    | ((purchase: Purchase) => boolean | string | Promise<boolean | string>)
    | undefined
  /** The files that pages may upload, or `false` for none. */
  readonly uploads?: UploadRules | false | undefined
  /** Whether users may read the balance of the account. Default: `false`. */
  readonly credits?: boolean | undefined
  /**
   * Origins of other sites whose pages may call the proxy, for example `https://app.example.com`.
   * Export `OPTIONS` as well, because browsers send a preflight request. Default: none.
   */
  readonly origins?: readonly string[] | undefined
  /**
   * The host names of the proxy, for example `app.example.com` or `localhost`. Requests to others
   * are refused. Required if `authorize` does not read its request: a page of a foreign name that
   * resolves to your server could otherwise call it. A name without a port matches every port.
   * Default: every name.
   */
  readonly hosts?: readonly string[] | undefined
  /**
   * Whether `X-Forwarded-Host` names the host. Set it only if a reverse proxy sets this header.
   * Default: `false`.
   */
  readonly trustProxy?: boolean | undefined
  /** Limits per user. */
  readonly limits?: ProxyLimits | undefined
  /**
   * The public http or https URL to which the service posts results, or a function that returns it
   * for a user. See `createWebhookHandler`. Default: none.
   */
  readonly callbackUrl?: string | ((user: string) => string) | undefined
  /** The largest body of a request that is not an upload, in bytes. Default: 65,536. */
  readonly maxJsonBytes?: number | undefined
  /**
   * The deadline for one request in ms, which includes `authorize`, `allow` and `store`. It must
   * be shorter than the timeout of the client in the page (30,000). A file gets additional time for
   * a slow connection (0.5 Mbit/s). Default: 25,000.
   */
  readonly requestTimeout?: number | undefined
  /**
   * Receives the errors that the page must not see: mistakes in the configuration, the reason why
   * the service could not be reached, its errors about the account (401, 402, 433), and errors of
   * your functions as the `cause`. Its own errors are ignored. Default: `console.error`.
   */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** A task that a user wants to create. */
export interface Purchase {
  readonly user: string
  readonly model: ModelId
  /** As the page sent it. A descriptor in `models` has not checked it yet. */
  readonly input: Readonly<Record<string, unknown>>
  /** Identifies this create and its retries. `onTask` of the webhook gets the same id. */
  readonly idempotencyKey: string
}

/** The id of a user. Everything else, including an empty text, means 401. */
export type Authorized = string | null | undefined | false

/** The files that pages may upload. */
export interface UploadRules {
  /** In bytes. Many platforms have a lower limit. Default: 20 MiB. */
  readonly maxBytes?: number | undefined
  /** MIME types, or groups such as `image/*`. Default: `image/*`, `video/*`, `audio/*`. */
  readonly types?: readonly string[] | undefined
  /**
   * Whether the service may download files from URLs that users name. `maxBytes` and `types` do not
   * apply to them. Default: `false`.
   */
  readonly fromUrl?: boolean | undefined
}

/**
 * The limits of one user: at most `limit` requests in any `interval` ms, in all processes that share
 * a `store`.
 */
export interface ProxyLimits {
  /** Creates, of which at most 50 may be in flight per process. Default: 20 per minute. */
  readonly creates?: RateLimit | undefined
  /** Uploads, of which at most 20 may be in flight per process. Default: 60 per minute. */
  readonly uploads?: RateLimit | undefined
  /** Other requests, of which at most 10 may be in flight per process. Default: 120 per minute. */
  readonly reads?: RateLimit | undefined
}

const MIN_SECRET_LENGTH = 32

export const DEFAULT_MAX_UPLOAD_BYTES: number = 20 * 2 ** 20

/**
 * Checks the options that do not depend on environment variables, which a build may lack.
 *
 * @throws {ApikleyError} `configuration`
 */
export function checkOptions(options: ProxyOptions): void {
  const { models, authorize, secret, origins = [], callbackUrl } = options
  const { maxBytes, types = [] } = options.uploads || {}
  checkSetup(models?.length > 0, 'models is empty. Example: { models: ["ideogram/v3-reframe"] }')
  const hasAuthorize = typeof authorize === 'function'
  checkSetup(hasAuthorize, 'authorize is missing: { authorize: (request) => userIdOf(request) }')
  if (secret !== undefined) {
    checkSecrets(secret)
  }
  for (const host of options.hosts ?? []) {
    checkSetup(isHost(host), `hosts: ${host} is not like app.example.com`)
  }
  for (const origin of origins) {
    checkSetup(isOrigin(origin), `origins: ${origin} is not like https://app.example.com`)
  }
  const isUrl = typeof callbackUrl !== 'string' || !callbackUrl || isWebUrl(callbackUrl)
  checkSetup(isUrl, 'callbackUrl is not an http or https URL')
  for (const type of types) {
    const isType = /^[a-z\d.+-]+\/([a-z\d.+-]+|\*)$/.test(type)
    checkSetup(isType, `uploads.types: ${type} is not like image/png or image/*`)
  }
  checkPositive('requestTimeout', options.requestTimeout ?? 1)
  checkPositive('maxJsonBytes', options.maxJsonBytes ?? 1)
  checkPositive('uploads.maxBytes', maxBytes ?? 1)
  for (const [name, rate] of Object.entries<RateLimit | undefined>({ ...options.limits })) {
    if (rate) {
      checkPositive(`limits.${name}.limit`, rate.limit)
      checkPositive(`limits.${name}.interval`, rate.interval)
    }
  }
}

function checkPositive(name: string, value: number): void {
  checkSetup(Number.isFinite(value) && value > 0, `${name} must be a finite number above 0`)
}

function isHost(text: string): boolean {
  return /^[^\s/?#@*A-Z]+$/.test(text) && URL.canParse(`https://${text}`)
}

/** `URL` reports the origin of an app, such as `capacitor://localhost`, as `null`. */
function isOrigin(text: string): boolean {
  const hasOnlyHost = /^[a-z][a-z\d.+-]*:\/\/[^\s/?#@*A-Z]+$/.test(text)
  return hasOnlyHost && URL.canParse(text) && [text, 'null'].includes(new URL(text).origin)
}

/** @throws {ApikleyError} `configuration` */
export function checkSecrets(secret: string | readonly string[] = ''): readonly string[] {
  const secrets = [secret].flat()
  const isLong = (each: unknown): boolean =>
    typeof each === 'string' && each.length >= MIN_SECRET_LENGTH
  checkSetup(
    secrets.length > 0 && secrets.every(isLong),
    `Set APIKLEY_PROXY_SECRET, or pass { secret }, with at least ${MIN_SECRET_LENGTH} characters. To make one: openssl rand -hex 32`,
  )
  return secrets
}

import type { ApikleyOptions, RateLimit } from '@apikley/client'
import type { ModelDescriptor, ModelId } from '@apikley/types'
import type { Attempts } from './attempts.ts'
import { misconfigured } from './refusal.ts'
import { isWebAddress } from './web-address.ts'

/** `models` and `authorize` are required: nothing is open unless it is opened. */
export interface ProxyOptions extends Pick<
  ApikleyOptions,
  'apiKey' | 'baseUrl' | 'uploadUrl' | 'fetch' | 'logger' | 'onEvent' | 'limiter'
> {
  /**
   * What may be created. Of a descriptor (`@apikley/types/models/…`) the input is checked as well.
   */
  readonly models: readonly (ModelId | ModelDescriptor)[]
  /**
   * The id of the user who asks, or nothing when nobody may ask. It gets the request without its
   * body. `() => 'anonymous'` lets everybody in, as one user, who sees all tasks.
   */
  readonly authorize: (request: Request) => Authorized | Promise<Authorized>
  /**
   * Signs the ids of tasks, so that nobody but the user who made a task can ask for it; at least 32
   * characters, the same in all instances. Several ones are for rotation: the first one signs, all
   * of them are accepted. Default: the environment variable `APIKLEY_PROXY_SECRET`.
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * Asked before a task is bought: for budgets, moderation, and limits of what a model may be
   * given. `true` lets it through, a text is told to the page as the reason, and anything else is a
   * refusal without one. Should it fail, nothing is bought. An attempt that was bought, or may have
   * been, is not asked about again. One that it let through and that was refused after all, by a
   * descriptor or by the service, is asked about again when the page sends it again: count by
   * `attemptId`. Default: everything that `models` has.
   */
  readonly allow?:
    | ((purchase: Purchase) => boolean | string | Promise<boolean | string>)
    | undefined
  /**
   * What may be uploaded, or `false`. Default: pictures, videos and sounds of at most 20 MiB, and
   * none from addresses.
   */
  readonly uploads?: UploadRules | false | undefined
  /** Whether users may see the balance of the account. Default: `false`. */
  readonly credits?: boolean | undefined
  /**
   * Origins of other sites whose pages may call, for instance `https://app.example.com`. Default:
   * none.
   */
  readonly origins?: readonly string[] | undefined
  /**
   * What one user may do, counted by each instance for itself. A part that is left out keeps its
   * default. See `limiter` for all of them together.
   */
  readonly limits?: ProxyLimits | undefined
  /**
   * Where the service posts the results; see `createWebhookHandler`. A public http or https
   * address, or what makes one for a user.
   */
  readonly callbackUrl?: string | ((user: string) => string) | undefined
  /**
   * Keeps what became of attempts for 10 minutes, so that a repeat buys nothing. Several instances,
   * as on serverless platforms, need one in common: then an attempt of the last 9 min that it does
   * not know never arrived, and a page that was loaded again buys it. Default: in memory, for this
   * instance alone; of what that does not know, a page that was loaded again is told that it is
   * `unconfirmed`, and nothing is bought.
   */
  readonly attempts?: Attempts | undefined
  /**
   * How long a request may take, in ms, with all that is done for it, `authorize` and `attempts`
   * too, and without the time that a slow line needs for a file. Less than the time of the client
   * in the page (30,000), or that one gives up before it has its answer. What was bought in time is
   * told even where `attempts` does not answer: up to 2 s later. Default: 25,000.
   */
  readonly requestTimeout?: number | undefined
  /**
   * Takes what `authorize`, `allow`, `callbackUrl`, `attempts` or a `waitUntil` threw, as the
   * `cause` of an error that names it, what is wrong in the set-up, and why the service could not
   * be reached; the page is told only that something failed. What it throws itself is ignored.
   * Default: `console.error`.
   */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** A task that a user wants to have. */
export interface Purchase {
  readonly user: string
  readonly model: ModelId
  /** As the page sent it: a descriptor in `models` has not checked it yet. */
  readonly input: Readonly<Record<string, unknown>>
  /**
   * Names the attempt: what the webhook's `onTask` gets as well, where there is a `callbackUrl`.
   * Chosen by the page.
   */
  readonly attemptId: string
}

export type Authorized = string | null | undefined | false

export interface UploadRules {
  /** In bytes. Default: 20 MiB. Many platforms take less. */
  readonly maxBytes?: number | undefined
  /** MIME types, also as `image/*`. Default: `image/*`, `video/*`, `audio/*`. */
  readonly types?: readonly string[] | undefined
  /**
   * Whether the service may fetch files from addresses that a user names; `maxBytes` and `types`
   * say nothing about these. Default: `false`.
   */
  readonly fromUrl?: boolean | undefined
}

/**
 * Requests of one user, per instance: in memory, and not shared. A user has `limit` of them, and
 * they come back one by one, all of them in `interval` ms.
 */
export interface ProxyLimits {
  /** Default: 20 in a minute. */
  readonly creates?: RateLimit | undefined
  /** Default: 60 in a minute. */
  readonly uploads?: RateLimit | undefined
  /**
   * Looks at tasks, links and balances; of these no more than 10 at a time. Default: 120 in a
   * minute.
   */
  readonly reads?: RateLimit | undefined
}

/** The shortest secret, in characters. */
const shortest = 32

/**
 * @throws {ApikleyError} `configuration` for what can be told before the first request, when the
 * environment need not be there yet
 */
export function checkOptions(options: ProxyOptions): void {
  const {
    models,
    authorize,
    secret,
    origins = [],
    callbackUrl,
    uploads,
    limits = {},
    requestTimeout,
  } = options
  if (!models?.length) {
    throw misconfigured('Name what may be created: { models: ["ideogram/v3-reframe"] }')
  }
  if (typeof authorize !== 'function') {
    throw misconfigured('Say who asks: { authorize: (request) => userIdOf(request) }')
  }
  if (secret !== undefined) {
    checkSecrets(secret)
  }
  for (const origin of origins) {
    if (!isOrigin(origin)) {
      throw misconfigured(`Not an origin, such as https://app.example.com: ${origin}`)
    }
  }
  if (typeof callbackUrl === 'string' && !isWebAddress(callbackUrl)) {
    throw misconfigured('callbackUrl is no http or https address.')
  }
  for (const type of (uploads && uploads.types) || []) {
    if (!/^[a-z\d.+-]+\/([a-z\d.+-]+|\*)$/.test(type)) {
      throw misconfigured(`uploads.types: not a type such as image/png or image/*: ${type}`)
    }
  }
  const amounts = { requestTimeout, 'uploads.maxBytes': uploads ? uploads.maxBytes : undefined }
  for (const [name, amount = 1] of Object.entries(amounts)) {
    checkAmount(name, amount)
  }
  for (const [name, rate] of Object.entries<RateLimit | undefined>({ ...limits })) {
    for (const part of ['limit', 'interval'] as const) {
      if (rate) {
        checkAmount(`limits.${name}.${part}`, rate[part])
      }
    }
  }
}

function checkAmount(name: string, amount: number): void {
  if (!Number.isFinite(amount) || amount <= 0) {
    throw misconfigured(`${name} should be a finite number above 0`)
  }
}

/**
 * Those of apps have a scheme of their own, `capacitor://localhost`, and their parsed form says
 * nothing.
 */
function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z\d.+-]*:\/\/[^\s/?#@*A-Z]+$/.test(text) || !URL.canParse(text)) {
    return false
  }
  const { origin } = new URL(text)
  return origin === text || origin === 'null'
}

/** @throws {ApikleyError} `configuration` */
export function checkSecrets(given: string | readonly string[] = ''): readonly string[] {
  const secrets = typeof given === 'string' ? [given] : given
  if (
    secrets.length > 0 &&
    secrets.every((secret) => typeof secret === 'string' && secret.length >= shortest)
  ) {
    return secrets
  }
  throw misconfigured(
    `Set APIKLEY_PROXY_SECRET, or pass { secret }, of at least ${shortest} characters. One is made by: openssl rand -hex 32`,
  )
}

import { createApikley } from '@apikley/client'
import {
  createProxyHandler,
  createWebhookHandler,
  type ProxyHandler,
  type WebhookHandler,
} from '@apikley/server'

/** Bindings of the Worker. Key, secret and token are secrets. The base URL may be a simulator's. */
interface Env {
  readonly APIKLEY_API_KEY: string
  readonly APIKLEY_BASE_URL: string
  readonly APIKLEY_PROXY_SECRET: string
  readonly APIKLEY_WEBHOOK_TOKEN: string
  readonly CALLBACK_URL: string
}

interface Context {
  waitUntil(promise: Promise<unknown>): void
}

/** Made once per instance, because both keep state. The bindings come with the first request. */
let handlers: { readonly proxy: ProxyHandler; readonly webhook: WebhookHandler } | undefined

function createHandlers(env: Env): {
  readonly proxy: ProxyHandler
  readonly webhook: WebhookHandler
} {
  const service = { apiKey: env.APIKLEY_API_KEY, baseUrl: env.APIKLEY_BASE_URL }
  return {
    proxy: createProxyHandler({
      ...service,
      secret: env.APIKLEY_PROXY_SECRET,
      models: ['ideogram/v3-reframe'],
      // Everybody is the same user. Return the id of the signed-in user, or nothing.
      authorize: () => 'anonymous',
      hosts: ['localhost', '127.0.0.1'],
      callbackUrl: env.CALLBACK_URL,
    }),
    webhook: createWebhookHandler({
      apikley: () => createApikley(service),
      // The token in CALLBACK_URL, …/callback?token=…. Callbacks without it are refused.
      token: env.APIKLEY_WEBHOOK_TOKEN,
      onTask: ({ taskId, state }) => console.log('finished', taskId, state),
    }),
  }
}

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    handlers ??= createHandlers(env)
    const { proxy, webhook } = handlers
    const { pathname } = new URL(request.url)
    if (request.method === 'POST' && pathname === '/api/apikley/callback') {
      return webhook(request, context)
    }
    return pathname.startsWith('/api/apikley/')
      ? proxy.fetch(request, context)
      : new Response(null, { status: 404 })
  },
}

import { createApikley } from '@apikley/client'
import {
  createProxyHandler,
  createWebhookHandler,
  type ProxyHandler,
  type WebhookHandler,
} from '@apikley/server'

/**
 * Bindings of the Worker: key, secret and token are secrets, and the address may be that of a
 * simulator.
 */
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

/** Once for each instance, since both remember; the bindings come with the first request. */
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
      // Everybody is the same user. In earnest: the id of the one who has signed in, or nothing.
      authorize: () => 'anonymous',
      callbackUrl: env.CALLBACK_URL,
    }),
    webhook: createWebhookHandler({
      apikley: () => createApikley(service),
      // As in CALLBACK_URL, …/callback?token=…; callbacks without it are refused.
      token: env.APIKLEY_WEBHOOK_TOKEN,
      onTask: ({ taskId, state }) => console.log('told', taskId, state),
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

import { createApikley } from '@apikley/client'
import { createProxyHandler, createWebhookHandler } from '@apikley/server'

const service = { apiKey: process.env.APIKLEY_API_KEY, baseUrl: process.env.APIKLEY_BASE_URL }

const proxy = createProxyHandler({
  ...service,
  secret: process.env.APIKLEY_PROXY_SECRET,
  models: ['ideogram/v3-reframe'],
  // Everybody is the same user. Return the id of the signed-in user, or nothing.
  authorize: () => 'anonymous',
  hosts: ['localhost', '127.0.0.1'],
  callbackUrl: process.env.CALLBACK_URL,
})

const webhook = createWebhookHandler({
  apikley: () => createApikley(service),
  // The token in CALLBACK_URL, …/callback?token=…. Callbacks without it are refused.
  token: process.env.APIKLEY_WEBHOOK_TOKEN,
  onTask: ({ taskId, state }) => console.log('finished', taskId, state),
})

addEventListener('fetch', (event) => {
  const { pathname } = new URL(event.request.url)
  if (event.request.method === 'POST' && pathname === '/api/apikley/callback') {
    event.respondWith(webhook(event.request, event))
  } else if (pathname.startsWith('/api/apikley/')) {
    event.respondWith(proxy.fetch(event.request, event))
  } else {
    event.respondWith(new Response(null, { status: 404 }))
  }
})

import { createApikley } from '@apikley/client'
import { createProxyHandler, createWebhookHandler } from '@apikley/server'

// The key is in APIKLEY_API_KEY, the secret of the proxy in APIKLEY_PROXY_SECRET. APIKLEY_BASE_URL
// may name a simulator.
const baseUrl = process.env.APIKLEY_BASE_URL

export const proxy = createProxyHandler({
  baseUrl,
  models: ['ideogram/v3-reframe'],
  // Everybody is the same user. Return the id of the signed-in user, or nothing.
  authorize: () => 'anonymous',
  hosts: ['localhost', '127.0.0.1'],
  callbackUrl: process.env.CALLBACK_URL,
})

export const webhook = createWebhookHandler({
  apikley: () => createApikley({ baseUrl }),
  // The token in CALLBACK_URL, …/callback?token=…. Callbacks without it are refused.
  token: process.env.APIKLEY_WEBHOOK_TOKEN,
  onTask: ({ taskId, state }) => console.log('finished', taskId, state),
})

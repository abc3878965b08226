import { createApikley } from '@apikley/client'
import { createProxyHandler, createWebhookHandler } from '@apikley/server'

// The key is in APIKLEY_API_KEY, the secret of the proxy in APIKLEY_PROXY_SECRET.
export const proxy = createProxyHandler({
  models: ['ideogram/v3-reframe'],
  // Everybody is the same user. Return the id of the signed-in user, or nothing.
  authorize: () => 'anonymous',
  hosts: ['localhost', '127.0.0.1'],
  callbackUrl: process.env.CALLBACK_URL,
})

export const webhook = createWebhookHandler({
  apikley: () => createApikley(),
  // The token in CALLBACK_URL, …/callback?token=…. Callbacks without it are refused.
  token: process.env.APIKLEY_WEBHOOK_TOKEN,
  onTask: ({ taskId, state }) => console.log('finished', taskId, state),
})

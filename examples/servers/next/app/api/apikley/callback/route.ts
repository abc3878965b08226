import { createApikley } from '@apikley/client'
import { createWebhookHandler } from '@apikley/server'
import { after } from 'next/server'

export const POST = createWebhookHandler({
  // Called with the first callback, because Next.js builds without the key.
  apikley: () => createApikley({ baseUrl: process.env.APIKLEY_BASE_URL }),
  // The token in CALLBACK_URL, …/callback?token=…. Callbacks without it are refused.
  token: process.env.APIKLEY_WEBHOOK_TOKEN,
  waitUntil: after,
  // Store what you want to keep: results expire, usually after a day. It may be called twice for
  // one task.
  onTask: ({ taskId, state }) => console.log('finished', taskId, state),
})

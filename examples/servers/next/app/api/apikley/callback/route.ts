import { createApikley } from '@apikley/client'
import { createWebhookHandler } from '@apikley/server'
import { after } from 'next/server'

// It needs the key with its first request. Next.js builds without it.
const apikley = createApikley()

export const POST = createWebhookHandler({
  apikley,
  // The token in CALLBACK_URL, …/callback?token=…. Callbacks without it are refused.
  token: process.env.APIKLEY_WEBHOOK_TOKEN,
  waitUntil: after,
  // Store what you want to keep: results expire, usually after a day. It may be called twice for
  // one task.
  onTask: ({ taskId, state }) => console.log('finished', taskId, state),
})

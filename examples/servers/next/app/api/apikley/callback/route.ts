import { createApikley } from '@apikley/client'
import { createWebhookHandler } from '@apikley/server'
import { after } from 'next/server'

export const POST = createWebhookHandler({
  // With the first callback: the key need not be there while Next.js builds.
  apikley: () => createApikley({ baseUrl: process.env.APIKLEY_BASE_URL }),
  // As in CALLBACK_URL, …/callback?token=…; callbacks without it are refused.
  token: process.env.APIKLEY_WEBHOOK_TOKEN,
  waitUntil: after,
  // Store what you want to keep: results expire, usually after a day. It may be called twice with
  // one task.
  onTask: ({ taskId, state }) => console.log('told', taskId, state),
})

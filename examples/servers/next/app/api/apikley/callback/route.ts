import { createApikley } from '@apikley/client'
import { createWebhookHandler, type WebhookHandler } from '@apikley/server'
import { after } from 'next/server'

let webhook: WebhookHandler | undefined

// Made with the first callback: the key need not be there while Next.js builds.
export const POST: WebhookHandler = (request) =>
  (webhook ??= createWebhookHandler({
    apikley: createApikley({ baseUrl: process.env.APIKLEY_BASE_URL }),
    waitUntil: after,
    // Store what you want to keep: results expire, usually after a day.
    onTask: ({ taskId, state }) => console.log('told', taskId, state),
  }))(request)

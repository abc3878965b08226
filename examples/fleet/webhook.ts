// Receives the callbacks of the service. It reads each finished task once, and the waits in the
// workers resolve.
import { createServer } from 'node:http'
import { createApikley } from '@apikley/client'
import { redisStore } from '@apikley/redis'
import { createWebhookHandler } from '@apikley/server'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { Redis } from 'ioredis'
import { readSettings } from './settings.ts'

const { redisUrl, client } = readSettings()
const redis = new Redis(redisUrl)
const store = redisStore(redis)
const apikley = createApikley({ store, ...client })
const token = crypto.randomUUID()
const handler = createWebhookHandler({ apikley, store, token, onTask: () => {} })

const server = createServer(createRequestListener((request) => handler(request)))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  process.send?.(`http://127.0.0.1:${port}/callback?token=${token}`)
})
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  redis.disconnect()
  process.disconnect?.()
})

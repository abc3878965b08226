import { getRequestListener } from '@hono/node-server'
import Fastify from 'fastify'
import { proxy, webhook } from './apikley.js'

const onProxy = getRequestListener(proxy.fetch)
const onWebhook = getRequestListener(webhook)

const app = Fastify()
app.register(async (routes) => {
  // In this scope only: both handlers read the body themselves.
  routes.removeAllContentTypeParsers()
  routes.addContentTypeParser('*', (request, body, done) => done(null))
  routes.post('/api/apikley/callback', (request, reply) => {
    reply.hijack()
    return onWebhook(request.raw, reply.raw)
  })
  routes.all('/api/apikley/*', (request, reply) => {
    reply.hijack()
    return onProxy(request.raw, reply.raw)
  })
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) })

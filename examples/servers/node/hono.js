import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy, webhook } from './apikley.js'

const app = new Hono()
app.post('/api/apikley/callback', (context) => webhook(context.req.raw))
app.all('/api/apikley/*', (context) => proxy.fetch(context.req.raw))

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) })

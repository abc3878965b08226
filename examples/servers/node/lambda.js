// An AWS Lambda behind a function URL or an API Gateway.
import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'
import { proxy, webhook } from './apikley.js'

const app = new Hono()
app.post('/api/apikley/callback', (context) => webhook(context.req.raw))
app.all('/api/apikley/*', (context) => proxy.fetch(context.req.raw))

export const handler = handle(app)

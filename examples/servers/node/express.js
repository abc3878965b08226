import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { proxy, webhook } from './apikley.js'

const app = express()
// Before every body parser: both read the body themselves.
app.post('/api/apikley/callback', getRequestListener(webhook))
app.all('/api/apikley/*path', getRequestListener(proxy.fetch))
app.use(express.json())

app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

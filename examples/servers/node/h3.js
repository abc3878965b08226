// The server of Nuxt 4 and Nitro 2. There, each handler is a file of `server/api/apikley`:
// `callback.post.ts` and `[...path].ts`.
import { createServer } from 'node:http'
import { createApp, createRouter, defineEventHandler, toNodeListener, toWebRequest } from 'h3'
import { proxy, webhook } from './apikley.js'

const router = createRouter()
router.post(
  '/api/apikley/callback',
  defineEventHandler((event) => webhook(toWebRequest(event))),
)
router.use(
  '/api/apikley/**',
  defineEventHandler((event) => proxy.fetch(toWebRequest(event))),
)

createServer(toNodeListener(createApp().use(router))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
)

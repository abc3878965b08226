import { proxy, webhook } from './apikley.ts'

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT ?? 3000),
  routes: {
    '/api/apikley/callback': { POST: (request) => webhook(request) },
    '/api/apikley/*': (request) => proxy.fetch(request),
  },
  fetch: () => new Response(null, { status: 404 }),
})

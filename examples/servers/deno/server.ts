import { proxy, webhook } from './apikley.ts'

Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT') ?? 3000) }, (request) => {
  const { pathname } = new URL(request.url)
  if (request.method === 'POST' && pathname === '/api/apikley/callback') {
    return webhook(request)
  }
  return pathname.startsWith('/api/apikley/')
    ? proxy.fetch(request)
    : new Response(null, { status: 404 })
})

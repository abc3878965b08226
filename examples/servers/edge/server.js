// The edge runtime on your own machine, behind Node's http. Platforms do the same.
import { readFileSync } from 'node:fs'
import { EdgeVM } from '@edge-runtime/vm'
import { serve } from '@hono/node-server'

const runtime = new EdgeVM({
  initialCode: readFileSync('dist/edge.js', 'utf8'),
  extend: (context) => Object.assign(context, { process: { env: { ...process.env } }, console }),
})

serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT ?? 3000),
  fetch: async (request) => {
    const { url, method, headers } = request
    const body = method === 'GET' || method === 'HEAD' ? undefined : await request.arrayBuffer()
    const response = await runtime.dispatchFetch(url, { method, headers: [...headers], body })
    return new Response(await response.arrayBuffer(), {
      status: response.status,
      headers: [...response.headers],
    })
  },
})

import { createProxyHandler, type ProxyHandler } from '@apikley/server'
import { getRequestListener } from '@hono/node-server'
import { defineConfig, type Connect, type Plugin } from 'vite'

/**
 * Serves the proxy that adds the key. The key is in APIKLEY_API_KEY and never reaches the browser.
 * This is for your own machine: a server for others has to know its users.
 */
function apikleyProxy(): Plugin {
  const serve = (middlewares: Connect.Server): void => {
    const proxy = createProxy()
    middlewares.use('/api/apikley', getRequestListener(proxy.fetch))
  }
  return {
    name: 'apikley-proxy',
    configureServer: ({ middlewares }) => serve(middlewares),
    configurePreviewServer: ({ middlewares }) => serve(middlewares),
  }
}

function createProxy(): ProxyHandler {
  if (!process.env.APIKLEY_API_KEY) {
    throw new Error('The API key is missing. Set APIKLEY_API_KEY.')
  }
  return createProxyHandler({
    secret: `${crypto.randomUUID()}${crypto.randomUUID()}`,
    models: ['ideogram/v3-reframe'],
    authorize: () => 'anonymous',
    hosts: ['localhost', '127.0.0.1'],
  })
}

export default defineConfig({ plugins: [apikleyProxy()] })

import { defineConfig, type ProxyOptions } from 'vite'

/**
 * The page asks its own server, which adds the key: it is in APIKLEY_API_KEY and never reaches the browser. This is for your own machine; a server for
 * others has to know who may spend.
 */
const proxy: Record<string, ProxyOptions> = {
  '/api/apikley': {
    target: process.env['APIKLEY_BASE_URL'] ?? 'https://api.apikley.ru',
    changeOrigin: true,
    rewrite: (path) => path.replace('/api/apikley', ''),
    headers: { authorization: `Bearer ${process.env['APIKLEY_API_KEY']}` },
  },
}

export default defineConfig({ server: { proxy }, preview: { proxy } })

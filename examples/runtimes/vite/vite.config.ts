import { defineConfig, type ProxyOptions } from 'vite'

/**
 * The page asks its own server, which adds the key: it is in APIKLEY_API_KEY and never reaches the
 * browser. This is for your own machine; a server for others has to know who may spend.
 */
export default defineConfig(({ command }) => {
  const { APIKLEY_API_KEY: key, APIKLEY_BASE_URL: target = 'https://api.apikley.ru' } = process.env
  if (command === 'serve' && !key) {
    throw new Error('There is no API key. Set APIKLEY_API_KEY.')
  }
  const proxy: Record<string, ProxyOptions> = {
    '/api/apikley': {
      target,
      changeOrigin: true,
      rewrite: (path) => path.replace('/api/apikley', ''),
      headers: { authorization: `Bearer ${key}` },
    },
  }
  return { server: { proxy }, preview: { proxy } }
})

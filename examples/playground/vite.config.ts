import optimizeLocales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  // React Aria has messages in some thirty languages. The page is in English.
  plugins: [react(), optimizeLocales.vite({ locales: ['en-US'] })],
  // In kB. A test limits the first load.
  build: { chunkSizeWarningLimit: 800 },
})

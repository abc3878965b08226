import optimizeLocales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  // The components bring their words in some thirty languages, and the page speaks English.
  plugins: [react(), optimizeLocales.vite({ locales: ['en-US'] })],
  // In kB. The page comes from the machine that it is looked at on.
  build: { chunkSizeWarningLimit: 800 },
})

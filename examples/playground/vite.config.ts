import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // Where a page lies that was built by hand; the server builds its own into a folder that goes away with it.
  build: { outDir: 'dist' },
})

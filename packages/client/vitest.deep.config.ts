import { defineConfig } from 'vitest/config'

// What takes longer than a quick run allows; part of `pnpm test:deep`.
export default defineConfig({
  resolve: {
    alias: {
      '#disk': new URL('src/files/disk.ts', import.meta.url).pathname,
    },
  },
  test: {
    include: ['test/deep/**/*.test.ts'],
    testTimeout: 600_000,
    reporters: ['default', ['json', { outputFile: 'reports/deep.json' }]],
  },
})

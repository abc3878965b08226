import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One Chromium at a time.
    fileParallelism: false,
    reporters: ['default', ['json', { outputFile: 'reports/browser.json' }]],
  },
})

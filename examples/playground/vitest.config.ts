import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['test/build-once.ts'],
    // The page is built as people get it.
    env: { NODE_ENV: 'production' },
    // One Chromium at a time.
    fileParallelism: false,
    reporters: ['default', ['json', { outputFile: 'reports/browser.json' }]],
  },
})

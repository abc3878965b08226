import { defineConfig } from 'vitest/config'

// The page of test/browser in a real Chromium; the tests themselves run in Node.
export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: 'reports/browser.json' }]],
  },
})

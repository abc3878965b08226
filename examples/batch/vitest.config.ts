import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    // They wait for processes that they start.
    testTimeout: 40_000,
    reporters: ['default', ['json', { outputFile: 'reports/tests.json' }]],
  },
})

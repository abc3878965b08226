import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    isolate: false,
    include: ['test/*.test.ts'],
    testTimeout: 20_000,
    reporters: ['default', ['json', { outputFile: 'reports/tests.json' }]],
  },
})

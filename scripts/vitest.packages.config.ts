import { defineConfig } from 'vitest/config'

// What the packages are when they are packed; runs when all of them are built.
export default defineConfig({
  test: {
    include: ['test/packages/*.test.ts'],
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: 'reports/packages.json' }]],
  },
})

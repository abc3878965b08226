import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    setupFiles: ['test/dom.ts'],
    isolate: false,
    testTimeout: 20_000,
    globalSetup: ['../client/test/global-setup.ts'],
    include: ['test/**/*.test.tsx'],
    reporters: ['default', ['json', { outputFile: 'reports/tests.json' }]],
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'happy-dom',
    testTimeout: 20_000,
    globalSetup: ['../client/test/global-setup.ts'],
    include: ['test/**/*.test.tsx'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.tsx'] },
    reporters: ['default', ['json', { outputFile: 'reports/tests.json' }]],
  },
})

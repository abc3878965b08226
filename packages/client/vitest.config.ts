import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    alias: {
      '#disk': new URL('src/files/disk.ts', import.meta.url).pathname,
    },
  },
  test: {
    globalSetup: ['test/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/{deep,browser}/**'],
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 40_000,
    reporters: ['default', ['json', { outputFile: 'reports/tests.json' }]],
  },
})

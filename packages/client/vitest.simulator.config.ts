import { defineConfig } from 'vitest/config'

/** The contract tests once more, against the simulator in the place of Prism. */
export default defineConfig({
  resolve: {
    alias: {
      '#disk': new URL('src/files/disk.ts', import.meta.url).pathname,
    },
  },
  test: {
    globalSetup: ['test/simulator-setup.ts'],
    runner: './test/without-prefer.ts',
    include: ['test/generated/**/*.test.ts'],
    isolate: false,
    testTimeout: 20_000,
    reporters: ['default', ['json', { outputFile: 'reports/simulator.json' }]],
  },
})

import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const oldest = join(import.meta.dirname, 'test/oldest/node_modules')
const names = ['@tanstack/react-query', '@testing-library/react', 'react', 'react-dom']

// The tests of the hooks once more, with the oldest React and TanStack Query that they support.
export default defineConfig({
  resolve: { alias: names.map((name) => ({ find: new RegExp(`^${name}(?=/|$)`), replacement: join(oldest, name) })) },
  test: {
    setupFiles: ['test/dom.ts', 'test/oldest/versions.ts'],
    isolate: false,
    testTimeout: 20_000,
    globalSetup: ['../client/test/global-setup.ts'],
    include: ['test/*.test.tsx'],
    reporters: ['default', ['json', { outputFile: 'reports/deep.json' }]],
  },
})

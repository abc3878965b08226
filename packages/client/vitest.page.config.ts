import { defineConfig } from 'vitest/config'

/** The promises of the client once more, with its parts loaded when they are first needed, as in a page. */
export default defineConfig({
  resolve: {
    alias: [
      { find: '#disk', replacement: new URL('src/files/disk.ts', import.meta.url).pathname },
      { find: /^(\.\.\/)+src\/index\.ts$/, replacement: new URL('src/page.ts', import.meta.url).pathname },
    ],
  },
  test: {
    // Read before the tests begin: their clocks do not wait for a disk.
    setupFiles: ['src/calls.ts'],
    include: ['test/*.test.ts'],
    // What is about servers, about the document, about the files that are built, or about one function.
    exclude: ['test/{key-from-environment,upstream-document,callback,bundle,page,poller,next-poll,submission-table}.test.ts'],
    isolate: false,
    testTimeout: 20_000,
    reporters: ['default', ['json', { outputFile: 'reports/page.json' }]],
  },
})

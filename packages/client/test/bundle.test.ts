import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** The code that a bundler makes for a page. Sizes are in `budgets.yaml`. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '..') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    tsconfigRaw: {},
  })
  return outputFiles.map(({ text }) => text).join('\n')
}

test('a page bundles no descriptor, no validator and nothing of Node', async () => {
  const code = await bundle(
    `import { createApikley } from '@apikley/client'; createApikley({ proxyUrl: '/api' })`,
  )
  expect(code).toContain('is still running')
  const ofNode = ['createWriteStream', 'fileTypeFromTokenizer']
  for (const absent of ['landscape_16_9', 'json-schema', ...ofNode]) {
    expect(code).not.toContain(absent)
  }
})

test('a page that calls one operation bundles no other function', async () => {
  const code = await bundle(
    `import { getAccountCredits } from '@apikley/client/operations'; globalThis.call = getAccountCredits`,
  )
  expect(code).toContain('/api/v1/chat/credit')
  expect(code).not.toContain('async function createTask')
  expect(code).not.toContain('async function uploadFileStream')
})

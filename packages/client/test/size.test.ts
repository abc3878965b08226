import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

/** In bytes, minified and gzipped, with openapi-fetch (2,600). What these become is a decision: `pnpm bench client` prints them. */
const limits = { client: 12_600, operation: 4_200 }

/** What a page loads at once; a chunk of its own, such as the one for upload progress, comes when it is needed. */
async function bundle(code: string): Promise<{ text: string; size: number }> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(import.meta.dirname, '..') },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The package as it is published, whatever the configuration around it.
    tsconfigRaw: {},
  })
  const entry = outputFiles.find(({ path }) => path.endsWith('stdin.js'))
  if (!entry) throw new Error('There is no bundle')
  return { text: entry.text, size: gzipSync(entry.contents, { level: 9 }).length }
}

describe('a page pays for what it uses', () => {
  test('a client that talks to a proxy', async () => {
    const { text, size } = await bundle(
      `import { createApikley } from '@apikley/client'; globalThis.client = createApikley({ proxyUrl: '/api' })`,
    )
    expect(size).toBeLessThanOrEqual(limits.client)
    // Operations that it does not call, descriptors, the validator, what writes to disk, what watches an upload.
    for (const absent of ['upload-file-base64', 'landscape_16_9', 'json-schema', 'createWriteStream', 'XMLHttpRequest('])
      expect(text).not.toContain(absent)
  })

  test('one operation', async () => {
    const { text, size } = await bundle(
      `import { getAccountCredits } from '@apikley/client/operations'; globalThis.call = getAccountCredits`,
    )
    expect(size).toBeLessThanOrEqual(limits.operation)
    for (const absent of ['create-task', 'upload-file', 'tasks.wait']) expect(text).not.toContain(absent)
  })
})

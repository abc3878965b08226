import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** What a page loads at once, and the chunks that come when they are needed. How big it may be is said in `budgets.yaml`. */
async function bundle(code: string): Promise<{ atOnce: string; onDemand: string }> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(import.meta.dirname, '..') },
    bundle: true,
    splitting: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The package as it is published, whatever the configuration around it.
    tsconfigRaw: {},
  })
  const isEntry = ({ path }: { path: string }): boolean => path.endsWith('stdin.js')
  const textOf = (files: typeof outputFiles): string => files.map(({ text }) => text).join('\n')
  return { atOnce: textOf(outputFiles.filter(isEntry)), onDemand: textOf(outputFiles.filter((file) => !isEntry(file))) }
}

test('a page gets the operations that its client calls, no descriptor, no validator, nothing of Node, and what watches uploads on demand', async () => {
  const { atOnce, onDemand } = await bundle(
    `import { createApikley } from '@apikley/client'; globalThis.client = createApikley({ proxyUrl: '/api' })`,
  )
  expect(atOnce).toContain('create-task')
  for (const absent of ['upload-file-base64', 'landscape_16_9', 'json-schema', 'createWriteStream', 'new XMLHttpRequest'])
    expect(atOnce).not.toContain(absent)
  expect(onDemand).toContain('new XMLHttpRequest')
})

test('a page that calls one operation gets no other', async () => {
  const { atOnce } = await bundle(`import { getAccountCredits } from '@apikley/client/operations'; globalThis.call = getAccountCredits`)
  expect(atOnce).toContain('get-account-credits')
  for (const absent of ['create-task', 'upload-file', 'tasks.wait']) expect(atOnce).not.toContain(absent)
})

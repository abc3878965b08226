import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, expectTypeOf, test } from 'vitest'
import { bundleForPage } from '../../../scripts/packages/page.ts'
import * as program from '../src/index.ts'
import * as page from '../src/page.ts'

/**
 * What a page loads at once, and what comes when it is needed. How big it may be is said in
 * `budgets.yaml`.
 */
async function bundle(code: string): Promise<{ atOnce: string; onDemand: string }> {
  const { atOnce, onDemand } = await bundleForPage(code, join(import.meta.dirname, '..'), false)
  const textOf = (files: typeof atOnce): string => files.map(({ text }) => text).join('\n')
  return { atOnce: textOf(atOnce), onDemand: textOf(onDemand) }
}

test('a page has the same names as a program', () => {
  expect(new Set(Object.keys(page))).toEqual(new Set(Object.keys(program)))
  expectTypeOf(page).toEqualTypeOf(program)
})

test('a page loads no call, no upload and nothing of waiting at once; and never a descriptor, a validator, anything of Node, the name of the key', async () => {
  const { atOnce, onDemand } = await bundle(
    `import { createApikley } from '@apikley/client'; globalThis.client = createApikley({ proxyUrl: '/api' })`,
  )
  for (const later of [
    'create-task',
    'upload-file-stream',
    'is still running',
    'onCreated',
    'new XMLHttpRequest',
  ]) {
    expect(atOnce).not.toContain(later)
    expect(onDemand).toContain(later)
  }
  for (const absent of [
    'upload-file-base64',
    'landscape_16_9',
    'json-schema',
    'createWriteStream',
    'APIKLEY_API_KEY',
  ]) {
    expect(atOnce + onDemand).not.toContain(absent)
  }
})

test('in a Worker, all that can be called is there from the start', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createApikley } from '@apikley/client'; createApikley()`,
      resolveDir: join(import.meta.dirname, '..'),
    },
    bundle: true,
    splitting: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    // As bundlers for Workers have them.
    conditions: ['workerd', 'worker', 'browser'],
    tsconfigRaw: {},
  })
  const entry = outputFiles.find(({ path }) => path.endsWith('stdin.js'))?.text ?? ''
  for (const present of [
    'create-task',
    'is still running',
    'upload-file-stream',
    'APIKLEY_API_KEY',
  ]) {
    expect(entry).toContain(present)
  }
  expect(
    entry.match(/import\(.*?\)/g)?.filter((load) => !/upload-progress|disk/.test(load)),
  ).toEqual([])
})

test('a page that calls one operation gets no other', async () => {
  const { atOnce } = await bundle(
    `import { getAccountCredits } from '@apikley/client/operations'; globalThis.call = getAccountCredits`,
  )
  expect(atOnce).toContain('get-account-credits')
  for (const absent of ['create-task', 'upload-file', 'tasks.wait']) {
    expect(atOnce).not.toContain(absent)
  }
})

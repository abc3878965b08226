import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { codeBlocks } from '../packages/readme.ts'
import { startPrism, type Prism } from 'test-kit/prism'
import { repository } from '../../release/packages.ts'
import { run } from '../../run.ts'

const { folder } = inject('application')
// The contract tests run the examples of the models.
const blocks = (await codeBlocks()).filter(({ page }) => !page.startsWith('docs/models/'))

describe('every code block of the READMEs and the site runs as it stands', () => {
  let mock: Prism
  let directory: string
  beforeAll(async () => {
    mock = await startPrism(join(repository, 'specs/openapi.yaml'))
    directory = await mkdtemp(join(folder, 'run-'))
    await writeFile(join(directory, 'to-mock.mjs'), toMock)
  })
  afterAll(() => mock.stop())

  test.concurrent.each(blocks.filter(({ kind, notRun }) => kind === 'ts' && notRun === undefined))(
    '$name',
    async ({ name, code }) => {
      await writeFile(join(directory, name), code)
      const env = { MOCK: mock.url, APIKLEY_API_KEY: 'any-long-key-will-do' }
      const program = ['--import', './to-mock.mjs', name]
      const running = run(process.execPath, program, { cwd: directory, env, timeoutMs: 30_000 })
      await expect(running).resolves.toBeDefined()
    },
  )

  test.concurrent.each(blocks.filter(({ kind, notRun }) => kind === 'tsx' && notRun === undefined))(
    '$name shows something',
    async ({ name, code }) => {
      await writeFile(join(directory, name), code)
      const { outputFiles } = await build({
        stdin: {
          contents: `import * as shown from './${name}'\n${show}`,
          resolveDir: directory,
          loader: 'tsx',
        },
        bundle: true,
        write: false,
        format: 'cjs',
        platform: 'node',
        jsx: 'automatic',
        nodePaths: [join(repository, 'packages/react/node_modules')],
      })
      const bundled = join(directory, name.replace(/tsx$/, 'cjs'))
      await writeFile(bundled, outputFiles[0]?.contents ?? '')
      expect(await run(process.execPath, [bundled])).toMatch(/<\w+/)
    },
  )
})

/**
 * What a block asks of the service goes to the mock, and what the mock names as a result is a
 * picture. Of a page there is what a block may use.
 */
const toMock = `
// A block that reports an error or a warning fails.
console.error = (...texts) => {
  console.log(...texts)
  process.exit(1)
}
process.on('warning', console.error)
const stored = new Map()
const localStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, String(value)) }
Object.defineProperty(globalThis, 'localStorage', { value: localStorage })
globalThis.addEventListener ??= () => {}
const real = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  if (url.origin !== 'https://api.apikley.ru') return new Response('a picture')
  const path = url.pathname.replace('/file-upload', '') + url.search
  return real(process.env.MOCK + path, input instanceof Request ? input : init)
}
`

/** Prints every component that a block exports, as a server renders it. */
const show = `
import { ApikleyProvider } from '@apikley/react'
import { renderToString } from 'react-dom/server'
for (const Component of Object.values(shown)) console.log(renderToString(<ApikleyProvider><Component /></ApikleyProvider>))
`

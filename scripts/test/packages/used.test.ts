import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { repository } from '../../release/packages.ts'
import { codeBlocks, frameworkSnippets } from './readme.ts'
import { run } from '../../run.ts'
import { compile } from './application.ts'

const { folder, packages } = inject('application')

/** Runs a program in the application and returns its output. */
async function evaluate(type: 'module' | 'commonjs', code: string): Promise<string> {
  const args = [`--input-type=${type}`, '-e', code]
  return (await run(process.execPath, args, { cwd: folder })).trim()
}

// A package may have a program only.
const libraries = packages.filter(({ manifest }) => manifest.exports?.['.'])

describe.each(libraries)('$name', ({ name, manifest }) => {
  const entries = Object.keys(manifest.exports ?? {})
    .filter((entry) => !entry.includes('*') && !/\.\w+$/.test(entry))
    .map((entry) => `${name}${entry.slice(1)}`)

  test.each(entries)('%s exports the same names to modules and to CommonJS', async (entry) => {
    const names = `Object.keys(loaded).filter((name) => name !== 'module.exports').toSorted().join()`
    const [esm, cjs] = await Promise.all([
      evaluate('module', `import * as loaded from '${entry}'; console.log(${names})`),
      evaluate('commonjs', `const loaded = require('${entry}'); console.log(${names})`),
    ])
    expect(esm).toBe(cjs)
    // This entry has types only.
    expect(esm === '').toBe(entry === '@apikley/types')
  })
})

test.each(['module', 'commonjs'] as const)('a client reads from a simulator (%s)', async (type) => {
  const load = (name: string, from: string): string =>
    type === 'module'
      ? `import { ${name} } from '${from}'`
      : `const { ${name} } = require('${from}')`
  const code = `${load('createApikley', '@apikley/client')}
${load('createSimulator', '@apikley/simulator')}
createApikley({ apiKey: 'any-long-key-will-do', fetch: createSimulator().fetch }).credits().then(console.log)`
  expect(await evaluate(type, code)).toBe('1500')
})

test('the command of the simulator runs', async () => {
  const command = join(folder, 'node_modules/@apikley/simulator/bin/apikley-simulator.js')
  expect(await run(process.execPath, [command, '--help'])).toContain('--scenario FILE')
})

test('the command `apikley` saves a simulated result', async () => {
  const command = join(folder, 'node_modules/@apikley/cli/bin/apikley.js')
  const args = ['run', 'google/imagen4', '--prompt', 'cat', '--simulate', '--out', 'cat.{ext}']
  const output = await run(process.execPath, [command, ...args], {
    cwd: folder,
    env: { HOME: folder },
  })
  expect(output).toContain(join(folder, 'cat.gif'))
})

test('the version of the command loads no package, so that it starts fast', async () => {
  const entry = join(folder, 'node_modules/@apikley/cli/dist/main.js')
  const imports = (await readFile(entry, 'utf8')).match(/^import .* from "([^"]+)"/gm) ?? []
  expect(imports.filter((line) => !/"(node:|\.\/version-)/.test(line))).toEqual([])
})

test('the stack of an error names the source file with source maps enabled', async () => {
  const program = `import { createApikley } from '@apikley/client'; createApikley({ apiKey: 'short' })`
  const args = ['--enable-source-maps', '--input-type=module', '-e', program]
  await expect(run(process.execPath, args, { cwd: folder })).rejects.toThrow(
    /^ApikleyError: (.|\n)+client\/src\/http\/key-ring\.ts:\d+/m,
  )
})

test('a page bundles no code of Node and no unused model', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createApikley } from '@apikley/client'; globalThis.create = createApikley`,
      resolveDir: folder,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  })
  const code = outputFiles[0]?.text ?? ''
  expect(code).toContain('createApikley')
  for (const absent of [/from ?"node:/, /require\(/, /landscape_16_9/, /createWriteStream/]) {
    expect(code).not.toMatch(absent)
  }
})

test.each(['esm', 'cjs'] as const)('a server in one file (%s) detects types', async (format) => {
  const contents = `import { createApikley } from '@apikley/client'
import { createProxyHandler } from '@apikley/server'
import { createSimulator } from '@apikley/simulator'
const apikley = createApikley({ apiKey: 'any-long-key-will-do', fetch: createSimulator().fetch })
const heic = new Blob(['\\0\\0\\0\\x18ftypheic'.padEnd(200, '\\0')])
apikley.files.upload(heic).then(({ mimeType }) => console.log(typeof createProxyHandler, mimeType))`
  const outfile = join(folder, format === 'esm' ? 'server.mjs' : 'server.cjs')
  const external = ['@apikley/simulator']
  const stdin = { contents, resolveDir: folder }
  await build({ stdin, outfile, format, external, bundle: true, platform: 'node' })
  expect(await run(process.execPath, [outfile])).toBe('function image/heic\n')
})

test('the document in @apikley/types is the compiled one, as YAML and as JSON', async () => {
  const types = join(folder, 'node_modules/@apikley/types')
  const compiled = await readFile(join(repository, 'specs/openapi.yaml'), 'utf8')
  expect(await readFile(join(types, 'openapi.yaml'), 'utf8')).toBe(compiled)
  expect(JSON.parse(await readFile(join(types, 'openapi.json'), 'utf8'))).toEqual(parse(compiled))
})

test.each(['nodenext', 'bundler'])(
  'every code block of the READMEs and the site compiles with %s, without types of Node',
  async (resolution) => {
    const blocks = await codeBlocks()
    const pages = [...new Set(blocks.map(({ page }) => page))]
    const missing = libraries.filter(
      ({ folder: root }) => !pages.includes(`${relative(repository, root)}/README.md`),
    )
    expect(missing).toEqual([])
    const programs = Object.fromEntries(blocks.map(({ name, code }) => [name, code]))
    const options = {
      module: resolution === 'bundler' ? 'preserve' : 'nodenext',
      moduleResolution: resolution,
      jsx: 'react-jsx',
      // The declarations are checked once.
      skipLibCheck: resolution === 'bundler',
    }
    expect(await compile(folder, programs, options)).toBe('')
  },
)

/** The parts of frameworks that the snippets use. */
const FRAMEWORKS = `import type { ProxyHandler } from '@apikley/server'
type Listener = (request: { url?: string }, response: { end(): unknown }) => Promise<void>
type Handler<Argument> = (argument: Argument) => Promise<Response>
type Fetch = (request: Request, bindings: { incoming: object }) => Promise<Response>
interface ExecutionContext { waitUntil(promise: Promise<unknown>): void }
interface Env {}
declare class Hono { all(path: string, handler: Handler<{ req: { raw: Request } }>): Hono }
declare const proxy: ProxyHandler
declare const app: Record<'all' | 'use', (path: string, listener: Listener) => void>
declare const Bun: { serve(options: { routes: Record<string, Handler<Request>> }): void }
declare const Deno: { serve(handler: Handler<Request>): void }
declare function getRequestListener(fetch: Fetch): Listener
declare function onRequest(listener: Listener): object
declare function defineEventHandler(handler: Handler<{ node: object }>): object
declare function toWebRequest(event: { node: object }): Request
declare function handle(app: Hono): object
`

test('every snippet in the table of frameworks compiles', async () => {
  const snippets = await frameworkSnippets()
  expect(snippets.length).toBeGreaterThan(12)
  const programs = snippets.map((code, index) => [`snippet-${index}.ts`, FRAMEWORKS + code])
  expect(await compile(folder, Object.fromEntries(programs))).toBe('')
})

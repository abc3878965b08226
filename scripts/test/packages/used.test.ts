import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { startPrism } from 'test-kit/prism'
import { repository } from '../../release/packages.ts'
import { codeBlocks } from './readme.ts'
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

test('the document in @apikley/types is the compiled one, as YAML and as JSON', async () => {
  const types = join(folder, 'node_modules/@apikley/types')
  const compiled = await readFile(join(repository, 'specs/openapi.yaml'), 'utf8')
  expect(await readFile(join(types, 'openapi.yaml'), 'utf8')).toBe(compiled)
  expect(JSON.parse(await readFile(join(types, 'openapi.json'), 'utf8'))).toEqual(parse(compiled))
})

test('Prism serves the document in @apikley/types', async () => {
  const { url, stop } = await startPrism(join(folder, 'node_modules/@apikley/types/openapi.yaml'))
  try {
    const headers = { authorization: 'Bearer any' }
    expect((await fetch(`${url}/api/v1/chat/credit`, { headers })).status).toBe(200)
  } finally {
    await stop()
  }
})

test.each(['nodenext', 'bundler'])(
  'every code block of every README compiles with %s, without types of Node',
  async (resolution) => {
    const blocks = await codeBlocks()
    expect(new Set(blocks.map(({ readme }) => readme)).size).toBe(libraries.length + 1)
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

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createApplication } from '../../packages/pack.ts'
import { startPrism } from 'test-kit/prism'
import { repository } from '../../scratch.ts'

const { folder, packages, remove } = await createApplication()
const run = promisify(execFile)
afterAll(remove)

test('the document in @apikley/types is served by Prism, as users start it', async () => {
  const { url, stop } = await startPrism(join(folder, 'node_modules/@apikley/types/openapi.yaml'))
  try {
    const answer = await fetch(`${url}/api/v1/jobs/createTask`, {
      method: 'POST',
      headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'ideogram/v3-reframe',
        input: { image_url: 'https://files.example.com/a.webp', image_size: 'square' },
      }),
    })
    expect(await answer.json()).toMatchObject({
      code: 200,
      data: { taskId: 'task_ideogram_1765177570132' },
    })
  } finally {
    await stop()
  }
})

test('the document is the compiled one, also as JSON', async () => {
  const types = join(folder, 'node_modules/@apikley/types')
  const compiled: unknown = parse(await readFile(join(repository, 'specs/openapi.yaml'), 'utf8'))
  expect(parse(await readFile(join(types, 'openapi.yaml'), 'utf8'))).toEqual(compiled)
  expect(JSON.parse(await readFile(join(types, 'openapi.json'), 'utf8'))).toEqual(compiled)
})

test('they bundle for a browser, without anything of Node and without models that are not used', async () => {
  const code = await bundle(
    `import { createApikley } from '@apikley/client'; globalThis.client = createApikley`,
  )
  expect(code).not.toMatch(/from ?"node:|require\(/)
  for (const absent of ['landscape_16_9', 'writeFile', 'createWriteStream', 'upload-file-base64']) {
    expect(code).not.toContain(absent)
  }
  expect(
    await bundle(`import { useRun } from '@apikley/react'; globalThis.hook = useRun`),
  ).toContain('apikley')
})

test.each([
  ['a module', '--input-type=module', `import { createApikley } from '@apikley/client'`],
  ['CommonJS', '--input-type=commonjs', `const { createApikley } = require('@apikley/client')`],
])('a client can be made in %s', async (_, type, load) => {
  const program = `${load}; console.log(typeof createApikley({ apiKey: 'any' }).run)`
  const { stdout } = await run(process.execPath, [type, '-e', program], { cwd: folder })
  expect(stdout.trim()).toBe('function')
})

test.each([
  ['a module', '--input-type=module', `import { createSimulator } from '@apikley/simulator'`],
  [
    'CommonJS',
    '--input-type=commonjs',
    `const { createSimulator } = require('@apikley/simulator')`,
  ],
])('the simulator answers as %s', async (_, type, load) => {
  const ask = `createSimulator().fetch('http://any/api/v1/chat/credit', { headers: { authorization: 'Bearer any' } })`
  const code = `${load}; ${ask}.then((answer) => answer.text()).then(console.log)`
  const { stdout } = await run(process.execPath, [type, '-e', code], { cwd: folder })
  expect(JSON.parse(stdout)).toEqual({ code: 200, msg: 'success', data: 1500 })
})

test('the command of the simulator runs', async () => {
  const command = join(folder, 'node_modules/@apikley/simulator/bin/apikley-simulator.js')
  expect((await run(process.execPath, [command, '--help'])).stdout).toContain('--scenario FILE')
})

test('the stack of an error leads to the source, and without maps to a line that can be read', async () => {
  const program = `import { createApikley } from '@apikley/client'; createApikley({ apiKey: '' })`
  const said = (...options: string[]): Promise<string> =>
    run(process.execPath, [...options, '--input-type=module', '-e', program], { cwd: folder }).then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    )
  const [mapped, plain] = await Promise.all([said('--enable-source-maps'), said()])
  expect(mapped).toMatch(/^ApikleyError: There is no API key\.(.|\n)+client\/src\/options\.ts:\d+/m)
  expect(plain).toMatch(/^ApikleyError: There is no API key\.(.|\n)+at createApikley /m)
  expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThan(400)
})

describe.each(packages)('$name', ({ name, manifest }) => {
  const entries = Object.keys(manifest.exports ?? {})
    .filter((entry) => !entry.includes('*') && !/\.\w+$/.test(entry))
    .map((entry) => `${name}${entry.slice(1)}`)

  test('loads as a module and as CommonJS, with the same names', async () => {
    const names = `Object.keys(module).filter((name) => name !== 'module.exports').toSorted().join()`
    for (const entry of entries) {
      const [esm, cjs] = await Promise.all([
        run(
          process.execPath,
          [
            '--input-type=module',
            '-e',
            `import * as module from '${entry}'; console.log(${names})`,
          ],
          { cwd: folder },
        ),
        run(
          process.execPath,
          [
            '--input-type=commonjs',
            '-e',
            `{ const module = require('${entry}'); console.log(${names}) }`,
          ],
          {
            cwd: folder,
          },
        ),
      ])
      expect(esm.stdout).toBe(cjs.stdout)
      // The types alone are a module without names.
      expect(esm.stdout.trim() === '').toBe(entry === '@apikley/types')
    }
  })
})

async function bundle(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['react', 'react/jsx-runtime', '@tanstack/react-query'],
  })
  return outputFiles[0]?.text ?? ''
}

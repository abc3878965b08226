import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPrism } from '../prism.ts'
import { repository } from '../scratch.ts'

const run = promisify(execFile)
const packages = ['types', 'client', 'react', 'simulator']
/** What an application would install beside the packages; of Node's types there are none. */
const installed = {
  client: ['openapi-fetch', '@standard-schema/spec'],
  types: ['@cfworker/json-schema'],
  react: ['@tanstack/react-query', 'react', '@types/react'],
  simulator: ['@fastify/busboy', 'ajv', 'ajv-formats'],
}

describe('the packages as they are published', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apikley-packed-'))
    const modules = join(folder, 'node_modules')
    for (const name of packages) {
      const pnpm = join(repository, 'node_modules/.bin/pnpm')
      const { stdout } = await run(pnpm, ['pack', '--json', '--pack-destination', folder], { cwd: join(repository, 'packages', name) })
      const { filename }: { filename: string } = JSON.parse(stdout)
      await mkdir(join(modules, '@apikley', name), { recursive: true })
      await run('tar', ['-xzf', filename, '-C', join(modules, '@apikley', name), '--strip-components=1'])
    }
    for (const [owner, names] of Object.entries(installed))
      for (const name of names) {
        await mkdir(dirname(join(modules, name)), { recursive: true })
        await symlink(join(repository, 'packages', owner, 'node_modules', name), join(modules, name))
      }
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  })
  afterAll(() => rm(folder, { recursive: true }))

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
      expect(await answer.json()).toMatchObject({ code: 200, data: { taskId: 'task_ideogram_1765177570132' } })
    } finally {
      await stop()
    }
  })

  test('the document is the compiled one, also as JSON', async () => {
    const types = join(folder, 'node_modules/@apikley/types')
    expect(await readFile(join(types, 'openapi.yaml'), 'utf8')).toBe(await readFile(join(repository, 'specs/openapi.yaml'), 'utf8'))
    expect(JSON.parse(await readFile(join(types, 'openapi.json'), 'utf8'))).toMatchObject({ info: { title: 'Apikley API' } })
  })

  test.each(['nodenext', 'bundler'])('every code block of every README compiles, without types of Node (%s)', async (resolution) => {
    const blocks = await codeBlocks()
    expect(blocks.length).toBeGreaterThanOrEqual(8)
    const directory = await mkdtemp(join(folder, 'readme-'))
    for (const { name, code } of blocks) await writeFile(join(directory, name), code)
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      module: resolution === 'bundler' ? 'preserve' : 'nodenext',
      moduleResolution: resolution,
      jsx: 'react-jsx',
      types: [],
    }
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const tsc = join(repository, 'node_modules/typescript/bin/tsc')
    const said = await run(process.execPath, [tsc, '-p', directory]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )
    expect(said).toBe('')
  })

  test('they bundle for a browser, without anything of Node and without models that are not used', async () => {
    const code = await bundle(folder, `import { createApikley } from '@apikley/client'; globalThis.client = createApikley`)
    expect(code).not.toMatch(/from ?"node:|require\(/)
    for (const absent of ['landscape_16_9', 'writeFile', 'createWriteStream', 'upload-file-base64']) expect(code).not.toContain(absent)
    expect(await bundle(folder, `import { useRun } from '@apikley/react'; globalThis.hook = useRun`)).toContain('apikley')
  })

  test.each([
    [
      'a module',
      [
        '--input-type=module',
        '-e',
        `import { createApikley } from '@apikley/client'; import '@apikley/react'; console.log(typeof createApikley)`,
      ],
    ],
    [
      'CommonJS',
      ['--input-type=commonjs', '-e', `require('@apikley/react'); console.log(typeof require('@apikley/client').createApikley)`],
    ],
  ])('they load as %s', async (_, args) => {
    const { stdout } = await run(process.execPath, args, { cwd: folder })
    expect(stdout.trim()).toBe('function')
  })

  test.each([
    ['a module', '--input-type=module', `import { createSimulator } from '@apikley/simulator'`],
    ['CommonJS', '--input-type=commonjs', `const { createSimulator } = require('@apikley/simulator')`],
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
})

async function bundle(folder: string, code: string): Promise<string> {
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

async function codeBlocks(): Promise<{ name: string; code: string }[]> {
  const files = ['README.md', ...packages.map((name) => `packages/${name}/README.md`)]
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(join(repository, file), 'utf8') })))
  return texts.flatMap(({ file, text }) =>
    [...text.matchAll(/^```(tsx?)\n(.*?)^```/gms)].map(([, kind = 'ts', code = ''], index) => ({
      name: `${file.replaceAll(/\W+/g, '-')}-${index}.${kind}`,
      code,
    })),
  )
}

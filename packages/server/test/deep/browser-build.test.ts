import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as esbuild from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as vite from 'vite'

/** The export conditions of builds for servers. */
const servers = [
  ['workerd', 'worker', 'browser'],
  ['edge-light', 'worker', 'browser'],
  ['deno', 'browser'],
  ['bun', 'browser'],
  ['node'],
]

const programs = {
  'named.js': `import { createWebhookHandler } from '@apikley/server'\nconsole.log(createWebhookHandler)`,
  'dynamic.js': `import('@apikley/server').then(({ createWebhookHandler }) => console.log(createWebhookHandler))`,
  'reexport.js': `export { createWebhookHandler } from '@apikley/server'`,
  'require.cjs': `console.log(require('@apikley/server').createWebhookHandler)`,
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-build-'))
  const modules = join(folder, 'node_modules/@apikley')
  await mkdir(modules, { recursive: true })
  for (const name of ['client', 'server', 'types']) {
    await symlink(join(import.meta.dirname, '../../..', name), join(modules, name))
  }
  for (const [file, code] of Object.entries(programs)) {
    await writeFile(join(folder, file), code)
  }
})
afterAll(() => rm(folder, { recursive: true }))

/** Builds one program and returns its code. Rejects when the bundler fails. */
type Build = (file: string, conditions: readonly string[]) => Promise<string>

const bundlers: Readonly<Record<string, Build>> = {
  async esbuild(file, conditions) {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: [file],
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
      // Ignore the tsconfig of this repository.
      tsconfigRaw: {},
      conditions: [...conditions],
      platform: conditions.includes('browser') ? 'browser' : 'node',
    })
    return outputFiles.map(({ text }) => text).join('\n')
  },

  async Vite(file, conditions) {
    const rollupOptions = {
      input: join(folder, file),
      preserveEntrySignatures: 'strict',
    } as const
    const built = await vite.build({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      resolve: { conditions: [...conditions] },
      build: { write: false, minify: false, rollupOptions },
    })
    const chunks = [built].flat().flatMap((each) => ('output' in each ? each.output : []))
    return chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n')
  },

  async webpack(file, conditions) {
    const program = join(import.meta.dirname, 'webpack/build.ts')
    const parameters = [program, folder, file, ...conditions]
    const options = { timeout: 60_000 }
    return (await promisify(execFile)(process.execPath, parameters, options)).stdout
  },
}

describe.each(Object.entries(bundlers))('%s', (name, build) => {
  test.each(Object.keys(programs))(
    `${name} fails to build %s for a browser, and says why.`,
    async (file) => {
      await expect(build(file, ['browser'])).rejects.toThrow(
        /apikley-server-runs-on-servers-only--in-a-page-use-apikley-client-with-proxyUrl/,
      )
    },
  )

  test.each(servers)(`${name} builds the package for %s.`, async (...conditions) => {
    expect(await build('named.js', conditions)).toContain('x-webhook-signature')
  })
})

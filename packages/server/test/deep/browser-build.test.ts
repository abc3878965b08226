import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as esbuild from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as vite from 'vite'

/** What bundlers are told of the platform that a build is for. */
const browser = ['browser']
const servers = [
  ['workerd', 'worker', 'browser'],
  ['edge-light', 'worker', 'browser'],
  ['deno', 'browser'],
  ['bun', 'browser'],
  ['node'],
]

/** Builds one program, and gives its code. Rejects as the bundler fails. */
type Build = (file: string, conditions: readonly string[]) => Promise<string>

let folder = ''
const programs = {
  'named.js': `import { createWebhookHandler } from '@apikley/server'\nconsole.log(createWebhookHandler)`,
  'namespace.js': `import * as server from '@apikley/server'\nconsole.log(server)`,
  'on-demand.js': `import('@apikley/server').then(({ createWebhookHandler }) => console.log(createWebhookHandler))`,
  'again.js': `export { createWebhookHandler } from '@apikley/server'`,
  'required.cjs': `console.log(require('@apikley/server').createWebhookHandler)`,
}

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

const bundlers: Readonly<Record<string, Build>> = {
  async esbuild(file, conditions) {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: [file],
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
      // Nor what the repository's own compiler is told.
      tsconfigRaw: {},
      conditions: [...conditions],
      platform: conditions.includes('browser') ? 'browser' : 'node',
    })
    return outputFiles.map(({ text }) => text).join('\n')
  },

  async Vite(file, conditions) {
    const built = await vite.build({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      resolve: { conditions: [...conditions] },
      build: {
        write: false,
        minify: false,
        rollupOptions: { input: join(folder, file), preserveEntrySignatures: 'strict' },
      },
    })
    return [built]
      .flat()
      .flatMap((each) =>
        'output' in each ? each.output.map((part) => ('code' in part ? part.code : '')) : [],
      )
      .join('\n')
  },

  async webpack(file, conditions) {
    const program = join(import.meta.dirname, 'webpack/build.ts')
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [program, folder, file, ...conditions],
      { timeout: 60_000 },
    )
    return stdout
  },
}

describe.each(Object.keys(bundlers))('%s', (name) => {
  const build: Build = async (...args) => bundlers[name]?.(...args) ?? ''

  test.each(Object.keys(programs))(
    'fails to put the server into a page, and says why: %s',
    async (file) => {
      await expect(build(file, browser)).rejects.toThrow(
        /apikley-server-runs-on-servers-only--in-a-page-use-apikley-client-with-proxyUrl/,
      )
    },
  )

  test.each(servers)('builds it for %s', async (...conditions) => {
    expect(await build('named.js', conditions)).toContain('x-webhook-signature')
  })
})

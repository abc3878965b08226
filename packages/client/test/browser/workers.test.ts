import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '@apikley/simulator'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasChromium, launchChromium } from 'test-kit/chromium'
import { listenWith } from 'test-kit/listen'

const site = await listenWith(async ({ url }) =>
  url.endsWith('.js')
    ? new Response(script, { headers: { 'content-type': 'text/javascript' } })
    : new Response('<title>Page</title>', { headers: { 'content-type': 'text/html' } }),
)
const simulator = await startSimulator({ latency: 0, invisibleFor: 0, cors: [site.url] })
const extension = await mkdtemp(join(tmpdir(), 'apikley-extension-'))
let script = ''

/**
 * Uploads a file, creates a task and waits for it. One file, because a worker has no `import()`.
 */
const program = `import { createApikley } from '@apikley/client'
const apikley = createApikley({
  apiKey: 'any-long-key-will-do',
  baseUrl: '${simulator.url}',
  dangerouslyAllowBrowser: true,
  polling: { firstDelay: 0 },
})
globalThis.run = () => apikley.run('ideogram/v3-reframe', {
  image_url: new Blob(['picture'], { type: 'image/png' }),
  image_size: 'square',
}).then(({ urls }) => urls[0], String)`

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, '../..') },
    bundle: true,
    write: false,
    format: 'iife',
    tsconfigRaw: {},
  })
  script = outputFiles[0]?.text ?? ''
  const manifest = {
    manifest_version: 3,
    name: 'test',
    version: '1',
    background: { service_worker: 'worker.js' },
    host_permissions: ['http://127.0.0.1/*'],
  }
  await writeFile(join(extension, 'worker.js'), script)
  await writeFile(join(extension, 'manifest.json'), JSON.stringify(manifest))
})
afterAll(async () => {
  await simulator.stop()
  await site.stop()
  await rm(extension, { recursive: true })
})

test.runIf(hasChromium()).each(['a service worker', 'an MV3 extension'])(
  '%s runs a task',
  async (kind) => {
    const isExtension = kind === 'an MV3 extension'
    const args = [`--disable-extensions-except=${extension}`, `--load-extension=${extension}`]
    const chromium = await launchChromium('', {
      args: ['--no-sandbox', ...(isExtension ? args : [])],
    })
    try {
      if (!isExtension) {
        const page = await chromium.newPage()
        await page.goto(site.url)
        await page.evaluate(async () => void (await navigator.serviceWorker.register('/worker.js')))
      }
      const [running] = chromium.serviceWorkers()
      const worker = running ?? (await chromium.waitForEvent('serviceworker'))
      expect(await worker.evaluate('run()')).toContain(`${simulator.url}/results/`)
    } finally {
      await chromium.close()
    }
  },
)

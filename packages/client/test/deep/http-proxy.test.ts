import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createSimulator } from '@apikley/simulator'
import { generate } from 'selfsigned'
import { createRequestListener, listen } from 'test-kit/listen'
import { afterAll, expect, test } from 'vitest'

const client = join(import.meta.dirname, '../..')
const page = await readFile(join(client, '../../docs/guide/runtimes.md'), 'utf8')
const [, documented = ''] = /```js\n(import \{ EnvHttpProxyAgent.+?)```/s.exec(page) ?? []

/** A service that only the proxy finds. */
const host = 'service.test'
const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
  extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
})
const folder = await mkdtemp(join(tmpdir(), 'apikley-proxy-'))
const certificate = join(folder, 'certificate.pem')
await writeFile(certificate, cert)
const simulator = createSimulator({ latency: 0, invisibleFor: 0 })
const service = createServer({ key, cert }, createRequestListener(simulator.fetch))
service.listen(0, '127.0.0.1')
await once(service, 'listening')
const { port } = Object(service.address())
afterAll(async () => {
  service.close()
  await rm(folder, { recursive: true })
})

const program = `import { createApikley } from '@apikley/client'
const apikley = createApikley({ baseUrl: 'https://${host}', polling: { firstDelay: 0 } })
const image_url = new Blob(['picture'], { type: 'image/png' })
const { task } = await apikley.run('ideogram/v3-reframe', { image_url, image_size: 'square' })
console.log(task.state)`

test.each([
  ['NODE_USE_ENV_PROXY', { NODE_USE_ENV_PROXY: '1' }, ''],
  ['a dispatcher', {}, documented],
])('all requests of a run go through the proxy of the environment with %s', async (...row) => {
  const [, environment, setUp] = row
  const tunnels: string[] = []
  const proxy = await listen((_, response) => response.writeHead(400).end())
  proxy.server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '')
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
  })
  const env = {
    ...environment,
    APIKLEY_API_KEY: 'any-long-key-will-do',
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: certificate,
  }
  const args = ['--input-type=module', '-e', setUp + program]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: client, env })
    expect(stdout.trim()).toBe('success')
    expect(new Set(tunnels)).toEqual(new Set([`${host}:443`]))
  } finally {
    await proxy.stop()
  }
})

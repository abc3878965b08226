import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { join } from 'node:path'
import { startSimulator } from '@apikley/simulator'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { hasChromium, launchChromium } from 'test-kit/chromium'
import { startPlayground } from '../../server/playground.ts'

const program = join(import.meta.dirname, '../../server/main.ts')

/** The program in a process of its own, as a person starts it. */
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    timeout: 50_000,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += String(text)
    })
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const says = (pattern: RegExp): Promise<string> =>
    vi.waitUntil(() => pattern.exec(said)?.[0], { timeout: 50_000 })
  return { child, ended, says, said: () => said }
}

describe('pnpm playground', () => {
  test('says one address, where the page is, and stops on Ctrl-C', async () => {
    const { child, ended, says, said } = start(['--port', '0'])
    const url = await says(/http:\/\/127\.0\.0\.1:\d+/)
    expect(await (await fetch(url)).text()).toContain('<title>Apikley playground</title>')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(said().match(/http:/g)).toHaveLength(1)
    await expect(fetch(url)).rejects.toThrow()
  })

  test('a port that is taken, a wrong option, a missing key: one line that says what to do, and exit code 1', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? String(address.port) : ''
    const taken = `Port ${port} is taken. Choose another one with --port, or 0 for a free one.`
    const message = '--port takes a number from 0 to 65535, not x'
    const refusals: [args: string[], message: string][] = [
      [['--port', port], taken],
      [['--port', 'x'], message],
      [['--live'], expect.stringContaining('Set APIKLEY_API_KEY')],
    ]
    for (const [args, expected] of refusals) {
      const { ended, said } = start(args, { APIKLEY_API_KEY: '' })
      expect({ code: await ended, said: said().trim() }).toEqual({ code: 1, said: expected })
    }
    server.close()
  })
})

test.skipIf(!hasChromium())('The page of --live uses the service.', async () => {
  const service = await startSimulator({ latency: 0 })
  const env = { APIKLEY_API_KEY: 'any-long-key-will-do', APIKLEY_BASE_URL: service.url }
  const { child, says } = start(['--port', '0', '--live'], env)
  const context = await launchChromium()
  try {
    const page = await context.newPage()
    await page.goto(`${await says(/http:.*/)}/wan/2-6-text-to-video`)
    await page.getByLabel(/^Prompt/).fill('A cat')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Task id').waitFor()
    expect(await page.getByLabel('Simulate').count()).toBe(0)
    expect(service.journal.tasks).toHaveLength(1)
  } finally {
    await context.close()
    child.kill('SIGINT')
    await service.stop()
  }
})

test('The server serves its own page, and no page of another site or name.', async () => {
  const playground = await startPlayground({ folder: inject('folder') })
  onTestFinished(() => playground.stop())
  /** `fetch` does not let one choose the host. */
  const statusFor = async (host: string): Promise<number | undefined> => {
    const url = new URL('/api/apikley/tasks/x', playground.url)
    const [response] = await once(get(url, { headers: { host } }), 'response')
    response.resume()
    return response.statusCode
  }
  expect(await statusFor(new URL(playground.url).host)).toBe(404)
  expect(await statusFor('evil.example')).toBe(401)

  const input = { image_url: 'https://a.example/b.png', image_size: 'square' }
  const { status } = await fetch(new URL('/api/apikley/tasks', playground.url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    },
    body: JSON.stringify({ model: 'ideogram/v3-reframe', input }),
  })
  expect(status).toBe(403)
  expect(playground.simulator?.journal.received).toBe(0)
})

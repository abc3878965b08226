import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasRedis, startRedis } from 'test-kit/redis'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, 'fleet.ts')

test.skipIf(!hasRedis())(
  'three workers create each of 200 images once, and save them',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apikley-fleet-'))
    const redis = await startRedis()
    try {
      const args = [program, '--redis', redis.url, '--folder', folder, '--interval', '1000']
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
      expect(stdout).toContain(`200 of 200 images are in ${folder}.\n200 tasks in`)
      expect(stderr).toBe('')
      expect(await readdir(folder)).toHaveLength(200)
      const values = redis.command('--scan', '--pattern', '{apikley}:*').trim().split('\n')
      const held = values.map((key) => (key.includes(':limit') ? '' : redis.command('get', key)))
      expect(held.join()).not.toMatch(/files\.example\.com\/\d+\.png/)
    } finally {
      await redis.kill()
      await rm(folder, { recursive: true })
    }
  },
)

test('without Redis the command says how to get it', async () => {
  const env = { ...process.env, PATH: '/nowhere' }
  const run = promisify(execFile)(process.execPath, [program], { env })
  await expect(run).rejects.toMatchObject({ stderr: expect.stringContaining('apt-get install') })
})

test.skipIf(!hasRedis())('a port in use is reported', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = String(typeof address === 'object' ? address?.port : '')
  const run = promisify(execFile)(process.execPath, [program, '--port', port])
  await expect(run).rejects.toMatchObject({ stderr: expect.stringContaining(`port ${port}`) })
  server.close()
})

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as send } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { listen } from 'test-kit/listen'
import { uploadPath } from '../requests.ts'

const MEBIBYTE = 2 ** 20
const FILE_BYTES = 20 * MEBIBYTE
const MAX_EXTRA_BYTES = 8 * MEBIBYTE

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test(
  'The proxy holds less than 8 MiB of a 20 MiB upload, even if the service reads slowly.',
  { timeout: 60_000 },
  async () => {
    let received = new Response()
    let startReading = (): void => {}
    const reading = new Promise<void>((resolve) => {
      startReading = resolve
    })
    const service = await listen(async (incoming, outgoing) => {
      const chunks: Buffer[] = []
      await reading
      for await (const chunk of incoming) {
        chunks.push(chunk)
      }
      const headers = { 'content-type': incoming.headers['content-type'] ?? '' }
      received = new Response(new Uint8Array(Buffer.concat(chunks)), { headers })
      const file = { fileName: 'a', filePath: 'a', downloadUrl: 'https://files.example.com/a' }
      const data = { ...file, fileSize: FILE_BYTES, mimeType: 'image/png', uploadedAt: '' }
      outgoing.end(JSON.stringify({ code: 200, msg: 'success', data }))
    })
    const program = join(import.meta.dirname, '../upload-server.ts')
    const proxy = spawn(process.execPath, ['--expose-gc', program, service.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface({ input: proxy.stdout })[Symbol.asyncIterator]()
      const line = async (): Promise<string> => String((await lines.next()).value)
      const memory = async (): Promise<{ most: number; now: number }> => {
        proxy.stdin.write('\n')
        return JSON.parse(await line())
      }
      const url = `${await line()}${uploadPath}`
      // The first request loads code, which must not count.
      const headers = { 'content-type': 'text/plain' }
      await fetch(url, { method: 'POST', headers, body: 'x' })
      await memory()
      const { now: before } = await memory()

      const file = randomBytes(FILE_BYTES)
      const upload = send(`${url}?fileName=a.png`, {
        method: 'POST',
        headers: { 'content-type': 'image/png', 'content-length': FILE_BYTES },
      })
      const responding = once(upload, 'response')
      let stalledAt = 0
      for (let sent = 0; sent < FILE_BYTES; sent += 65_536) {
        if (upload.write(file.subarray(sent, sent + 65_536))) {
          continue
        }
        // While the service reads nothing, the proxy takes what fits into the connection's buffers.
        const draining = once(upload, 'drain')
        const hasDrained = await Promise.race([draining.then(() => true), sleep(1000, false)])
        if (!hasDrained) {
          stalledAt ||= sent
          startReading()
          await draining
        }
      }
      upload.end()
      startReading()
      const [response] = await responding
      expect(response.statusCode).toBe(200)
      const { most } = await memory()
      const mebibytes = [most - before, stalledAt].map((bytes) => (bytes / MEBIBYTE).toFixed(2))
      console.log(`${mebibytes[0]} MiB held at most; the upload stalled at ${mebibytes[1]} MiB`)
      expect(stalledAt).toBeGreaterThan(0)
      expect(most - before).toBeLessThan(MAX_EXTRA_BYTES)

      const arrived = (await received.formData()).get('file')
      if (!(arrived instanceof File)) {
        throw new Error('No file has arrived')
      }
      expect(arrived.type).toBe('image/png')
      expect(hash(new Uint8Array(await arrived.arrayBuffer()))).toBe(hash(file))
    } finally {
      startReading()
      proxy.kill()
      await service.stop()
    }
  },
)

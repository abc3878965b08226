import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as send } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { listen } from 'test-kit/listen'

const size = 20 * 2 ** 20
const limit = 8 * 2 ** 20

test(
  '20 MB go through the proxy while it holds less than 8 MB more, also when the service reads slowly',
  { timeout: 60_000 },
  async () => {
    let received: Buffer = Buffer.alloc(0)
    let contentType = ''
    let read = (): void => {}
    const reading = new Promise<void>((resolve) => (read = resolve))
    const service = await listen(async (incoming, outgoing) => {
      const chunks: Buffer[] = []
      contentType = incoming.headers['content-type'] ?? ''
      await reading
      for await (const chunk of incoming) {
        chunks.push(chunk)
      }
      received = Buffer.concat(chunks)
      const data = {
        fileName: 'a',
        filePath: 'a',
        downloadUrl: 'https://files.example.com/a',
        fileSize: size,
        mimeType: 'image/png',
        uploadedAt: '',
      }
      outgoing.end(JSON.stringify({ code: 200, msg: 'success', data }))
    })
    const proxy = spawn(
      process.execPath,
      ['--expose-gc', join(import.meta.dirname, '../upload-server.ts'), service.url],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    try {
      const lines = createInterface({ input: proxy.stdout })[Symbol.asyncIterator]()
      const line = async (): Promise<string> => String((await lines.next()).value)
      const memory = async (): Promise<{ most: number; now: number }> => {
        proxy.stdin.write('\n')
        return JSON.parse(await line())
      }
      const url = await line()
      // What is loaded with the first request is no part of the second.
      await fetch(`${url}/file-upload/api/file-stream-upload`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: 'x',
      })
      await memory()
      const { now: before } = await memory()

      const file = randomBytes(size)
      const upload = send(`${url}/file-upload/api/file-stream-upload?fileName=a.png`, {
        method: 'POST',
        headers: { 'content-type': 'image/png', 'content-length': size },
      })
      const answered = once(upload, 'response')
      let stalled = 0
      for (let sent = 0; sent < size; sent += 65_536) {
        if (upload.write(file.subarray(sent, sent + 65_536))) {
          continue
        }
        // As long as the service reads nothing, the proxy takes no more than fits into the buffers
        // of connections.
        const drained = await Promise.race([
          once(upload, 'drain').then(() => true),
          sleep(1000, false),
        ])
        if (drained) {
          continue
        }
        stalled ||= sent
        read()
        await once(upload, 'drain')
      }
      upload.end()
      read()
      const [response] = await answered
      expect(response.statusCode).toBe(200)
      const { most } = await memory()
      console.log(
        `${((most - before) / 2 ** 20).toFixed(2)} MiB more at the most; the service read nothing until ${(stalled / 2 ** 20).toFixed(1)} MiB had been sent`,
      )
      expect(stalled).toBeGreaterThan(0)
      expect(most - before).toBeLessThan(limit)

      const form = await new Response(new Uint8Array(received), {
        headers: { 'content-type': contentType },
      }).formData()
      const arrived = form.get('file')
      if (!(arrived instanceof File)) {
        throw new Error('No file has arrived')
      }
      expect(arrived.type).toBe('image/png')
      expect(hash(new Uint8Array(await arrived.arrayBuffer()))).toBe(hash(file))
    } finally {
      read()
      proxy.kill()
      await service.stop()
    }
  },
)

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

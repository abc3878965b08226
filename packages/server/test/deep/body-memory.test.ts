import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as send } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { listen } from 'test-kit/listen'

const MEBIBYTE = 2 ** 20
const FILE_BYTES = 20 * MEBIBYTE
const MAX_EXTRA_BYTES = 8 * MEBIBYTE

let proxy: ChildProcess | undefined
afterEach(() => void proxy?.kill())

/** A proxy in its own process, and its memory in bytes: now, and at most since the previous call. */
async function startProxy(serviceUrl: string) {
  const program = join(import.meta.dirname, '../upload-server.ts')
  const child = spawn(process.execPath, ['--expose-gc', program, serviceUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  proxy = child
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => String((await lines.next()).value)
  const memory = async (): Promise<{ most: number; now: number }> => {
    child.stdin.write('\n')
    return JSON.parse(await line())
  }
  return { url: await line(), memory, pid: child.pid }
}

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
    try {
      const { url: base, memory } = await startProxy(service.url)
      const url = `${base}/files`
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
      await service.stop()
    }
  },
)

test('400 half-sent bodies of one user take at most 30 MiB.', { timeout: 60_000 }, async () => {
  const { url, pid } = await startProxy('http://127.0.0.1:9')
  const rss = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  const { port, host } = new URL(url)
  const open = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
      socket.write(
        `POST /tasks HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
          `idempotency-key: a\r\ncontent-length: 60000\r\n\r\n{"model":"${'x'.repeat(50_000)}`,
      )
    }
    await sleep(2000)
  }
  await open(5)
  const before = rss()
  await open(400)
  const grown = (rss() - before) / MEBIBYTE
  console.log(`${grown.toFixed(1)} MiB more`)
  expect(grown).toBeLessThan(30)
})

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

const MEBIBYTE = 2 ** 20

test('400 half-sent bodies of one user take at most 30 MiB.', { timeout: 60_000 }, async () => {
  const program = join(import.meta.dirname, '../upload-server.ts')
  const proxy = spawn(process.execPath, ['--expose-gc', program, 'http://127.0.0.1:9'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const rss = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${proxy.pid}/status`, 'utf8'))?.[1]) * 1024
  try {
    const lines = createInterface({ input: proxy.stdout })[Symbol.asyncIterator]()
    const { value: line } = await lines.next()
    const { port, host } = new URL(String(line))
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
  } finally {
    proxy.kill()
  }
})

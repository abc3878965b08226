import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const sample = join(import.meta.dirname, '../assets/sample.jpg')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-demo-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The demo in a process of its own, as a person starts it. */
function demo(...args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, 'demo.ts'), ...args],
      { timeout: 50_000 },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, said: stdout + stderr }),
    )
  })
}

describe.concurrent('the demo', () => {
  test('writes as many pictures as asked for, in the frame that was asked for', async () => {
    const out = join(folder, 'pictures')
    const { code, said } = await demo(
      '--image',
      sample,
      '--size',
      'landscape_16_9',
      '--num-images',
      '3',
      '--out',
      out,
    )
    expect({ code, said }).toMatchObject({ code: 0 })
    const files = await readdir(out)
    expect(files).toHaveLength(3)
    const pictures = await Promise.all(files.map((file) => sharp(join(out, file)).metadata()))
    for (const { width, height } of pictures) {
      expect(Math.abs(width - (height * 16) / 9)).toBeLessThanOrEqual(1)
    }
    // The output lists every state of the task.
    for (const state of ['created', 'generating', 'success']) {
      expect(said).toContain(`: ${state}`)
    }
  })

  test.each([
    ['no such file', ['--image', '/no/such/file.jpg'], /^There is no file \/no\/such\/file\.jpg$/],
    ['an unknown size', ['--size', 'huge'], /^image_size: .*landscape_16_9/],
    ['an unknown number', ['--num-images', '9'], /^num_images: /],
    ['an unknown option', ['--imge', sample], /--imge/],
  ])('%s: says so, ends with 1 and writes nothing', async (name, args, message) => {
    expect(await refused(name, args)).toEqual({
      line: expect.stringMatching(message),
      code: 1,
      written: [],
    })
  })

  test('a file that is not an image ends with a message, code 1 and no result', async () => {
    const path = join(folder, 'words.jpg')
    await writeFile(path, 'These are words')
    expect(await refused('words', ['--image', path])).toEqual({
      line: expect.stringMatching(
        /words\.jpg is not a picture that the model takes: image\/jpeg, image\/png, image\/webp$/,
      ),
      code: 1,
      written: [],
    })
  })

  test('over 10 MB: says so, ends with 1 and writes nothing', async () => {
    const path = join(folder, 'large.jpg')
    await writeFile(path, new Uint8Array(10 * 2 ** 20 + 1))
    expect(await refused('large', ['--image', path])).toEqual({
      line: expect.stringMatching(/large\.jpg has 10\.1 MB; the model takes 10 MB at the most$/),
      code: 1,
      written: [],
    })
  })

  test('a taken port: says so, ends with 1 and writes nothing', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    expect(await refused('port', ['--port', port])).toEqual({
      line: expect.stringMatching(new RegExp(`^Port ${port} is taken`)),
      code: 1,
      written: [],
    })
    server.close()
  })
})

/** The first line that was said and how it ended; what was written, if anything. */
async function refused(
  name: string,
  args: string[],
): Promise<{ line: string | undefined; code: number; written: string[] }> {
  const out = join(folder, `nothing after ${name}`)
  const { code, said } = await demo('--out', out, ...args)
  return { line: said.split('\n')[0], code, written: await readdir(out).catch(() => []) }
}

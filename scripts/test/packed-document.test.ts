import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPrism } from '../prism.ts'
import { repository } from '../scratch.ts'

const run = promisify(execFile)

/** The document as users get it: `prism mock node_modules/@apikley/types/openapi.yaml`. */
describe('the document inside the packed @apikley/types', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apikley-packed-'))
    const pnpm = join(repository, 'node_modules/.bin/pnpm')
    const { stdout } = await run(pnpm, ['pack', '--json', '--pack-destination', folder], { cwd: join(repository, 'packages/types') })
    const { filename }: { filename: string } = JSON.parse(stdout)
    await run('tar', ['-xzf', filename, '-C', folder])
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('is served by Prism', async () => {
    const { url, stop } = await startPrism(join(folder, 'package/openapi.yaml'))
    try {
      const answer = await fetch(`${url}/api/v1/jobs/createTask`, {
        method: 'POST',
        headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'ideogram/v3-reframe',
          input: { image_url: 'https://files.example.com/a.webp', image_size: 'square' },
        }),
      })
      expect(await answer.json()).toMatchObject({ code: 200, data: { taskId: 'task_ideogram_1765177570132' } })
    } finally {
      await stop()
    }
  })

  test('is the compiled one, also as JSON', async () => {
    expect(await readFile(join(folder, 'package/openapi.yaml'), 'utf8')).toBe(
      await readFile(join(repository, 'specs/openapi.yaml'), 'utf8'),
    )
    expect(JSON.parse(await readFile(join(folder, 'package/openapi.json'), 'utf8'))).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'Apikley API' },
    })
  })
})

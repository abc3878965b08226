import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startPlayground } from '../server/playground.ts'

const key = 'a-key-that-nobody-may-see-0123456789'

test('The built page holds no API key and no code of the server, and says what it costs.', async () => {
  // As for the real service, which gets no request here.
  vi.stubEnv('APIKLEY_API_KEY', key)
  const playground = await startPlayground({ apiKey: key })
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await playground.stop()
  })
  const chunks = (await textsBelow(playground.folder, '**/*.{js,css,html,map}')).join('\n')
  expect(chunks).toContain('/api/apikley')
  expect(chunks).not.toContain(key)

  const client = await sentencesOf('@apikley/client')
  const own = (await sentencesOf('@apikley/server')).filter((text) => !client.includes(text))
  expect(own.length).toBeGreaterThan(10)
  expect(own.filter((text) => chunks.includes(text))).toEqual([])
  expect(chunks).not.toContain('node:crypto')
  expect(await (await fetch(playground.url)).text()).toContain('content="live"')
})

async function textsBelow(folder: string, pattern: string): Promise<string[]> {
  const texts: string[] = []
  for await (const path of glob(pattern, { cwd: folder })) {
    texts.push(await readFile(join(folder, path), 'utf8'))
  }
  return texts
}

/** The sentences in the code of a package. */
async function sentencesOf(name: string): Promise<string[]> {
  const folder = join(import.meta.dirname, '../node_modules', name, 'dist')
  const texts = await textsBelow(folder, '**/*.js')
  return texts.flatMap((text) =>
    Array.from(text.matchAll(/["'`]([A-Z][^"'`$\\]{20,})["'`]/g), ([, sentence = '']) => sentence),
  )
}

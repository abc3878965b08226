import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPlayground, type Playground } from '../server/playground.ts'

const key = 'a-key-that-nobody-may-see-0123456789'

describe('the built page', () => {
  let playground: Playground
  let chunks: string
  beforeAll(async () => {
    // As for the real service, which gets no request here.
    process.env.APIKLEY_API_KEY = key
    playground = await startPlayground({ apiKey: key })
    const texts: string[] = []
    for await (const path of glob('**/*.{js,css,html,map}', { cwd: playground.folder })) {
      texts.push(await readFile(join(playground.folder, path), 'utf8'))
    }
    chunks = texts.join('\n')
  })
  afterAll(async () => {
    delete process.env.APIKLEY_API_KEY
    await playground?.stop()
  })

  test('holds no API key', () => {
    expect(chunks).toContain('/api/apikley')
    expect(chunks).not.toContain(key)
  })

  test('holds no code of the server side', async () => {
    const texts = await stringsOf('@apikley/server')
    expect(texts.length).toBeGreaterThan(10)
    expect(texts.filter((text) => chunks.includes(text))).toEqual([])
    expect(chunks).not.toContain('node:crypto')
  })

  test('says what it costs', async () => {
    expect(await (await fetch(playground.url)).text()).toContain('content="live"')
  })
})

/** The sentences that are in a package and not in the client, which a page has. */
async function stringsOf(name: string): Promise<string[]> {
  const sentences = async (name: string): Promise<Set<string>> => {
    const folder = join(import.meta.dirname, '../node_modules', name, 'dist')
    const found = new Set<string>()
    for await (const path of glob('**/*.js', { cwd: folder })) {
      for (const [, text = ''] of (await readFile(join(folder, path), 'utf8')).matchAll(
        /["'`]([A-Z][^"'`$\\]{20,})["'`]/g,
      )) {
        found.add(text)
      }
    }
    return found
  }
  const client = await sentences('@apikley/client')
  return [...(await sentences(name))].filter((text) => !client.has(text))
}

import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { differences, generate, write } from '../../../spec/generate/generate.ts'
import { createScratch } from '../../../scratch.ts'
import { sync } from '../../../spec/sync/sync.ts'
import { tryOut } from '../../../spec/sync/try-out.ts'
import { edit, fixture } from '../../fixtures.ts'

/** The end of each source's address, and what is served there. */
const pages: Record<string, string> = {
  'get-task-detail': 'task-details.txt',
  'upload-file-stream': 'upload-stream.yaml',
  'upload-file-base-64': 'upload-base64.yaml',
  'upload-file-url': 'upload-url.yaml',
  'get-account-credits': 'credits.yaml',
  'download-url': 'download-url.yaml',
}

/**
 * The hand-written client stands on what the supplements say; it has to stand on published
 * documents as well.
 */
test('a sync that reaches the sources replaces the supplements, and everything still compiles and keeps its contract', async () => {
  const scratch = await createScratch()
  const server = createServer((request, response) => {
    const [, page] = Object.entries(pages).find(([end]) => request.url?.endsWith(end)) ?? []
    const file = page
      ? fixture(`operations/${page}`)
      : join(scratch.root, 'specs/upstream/market/ideogram/v3-reframe.yaml')
    void readFile(file, 'utf8').then((text) => response.end(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const address = server.address()
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await edit(join(scratch.root, 'specs/sources.yaml'), (text) =>
      text
        .replaceAll('https://docs.apikley.ru', `http://${host}`)
        .replace('- docs.apikley.ru', `- '${host}'`),
    )
    const options = {
      root: scratch.root,
      wanted: [],
      fetch,
      deadline: () => new AbortController().signal,
      now: 0,
      tell: () => {},
      tryOut,
    }
    const outcomes = await sync(options)
    expect(outcomes.map(({ is }) => is)).toEqual([
      'unchanged',
      ...Object.keys(pages).map(() => 'new'),
    ])
    expect((await sync(options)).map(({ is }) => is)).toEqual(outcomes.map(() => 'unchanged'))

    const generated = await generate(scratch.root)
    await write(scratch.root, generated, await differences(scratch.root, generated))
    expect(await readFile(join(scratch.root, 'specs/openapi.yaml'), 'utf8')).toContain(
      'queuePosition',
    )
    expect(await scratch.typecheck()).toEqual([])
    expect(
      (await scratch.contract(join(scratch.root, 'specs/openapi.yaml'))).failed,
    ).toBeUndefined()
  } finally {
    server.close()
    await scratch.remove()
  }
})

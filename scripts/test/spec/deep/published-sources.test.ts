import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listen } from 'test-kit/listen'
import { expect, test } from 'vitest'
import { generate, write } from '../../../spec/generate/generate.ts'
import { sync, type SyncOptions } from '../../../spec/sync/sync.ts'
import { createScratch } from '../../scratch.ts'
import { edit, fixture } from '../../fixtures.ts'

/** The end of each source's URL, and the page that is served there. */
const pages: Record<string, string> = {
  'get-task-detail': 'task-details.txt',
  'upload-file-stream': 'upload-stream.yaml',
  'upload-file-base-64': 'upload-base64.yaml',
  'upload-file-url': 'upload-url.yaml',
  'get-account-credits': 'credits.yaml',
  'download-url': 'download-url.yaml',
}

/** The sources of these pages, and of one model. */
const operationSources = [
  'market/ideogram/v3-reframe',
  'market/common/get-task-detail',
  'file-upload-api/upload-file-stream',
  'file-upload-api/upload-file-base64',
  'file-upload-api/upload-file-url',
  'common-api/get-account-credits',
  'common-api/download-url',
]

/** The hand-written client relies on the supplements, and has to work with published documents. */
test('after the first sync with all sources, everything compiles and passes its contract tests', async () => {
  const scratch = await createScratch()
  const server = await listen((request, response) => {
    const [, page] = Object.entries(pages).find(([end]) => request.url?.endsWith(end)) ?? []
    const file = page
      ? fixture(`operations/${page}`)
      : join(scratch.root, 'specs/upstream/market/ideogram/v3-reframe.yaml')
    void readFile(file, 'utf8').then((text) => response.end(text))
  })
  try {
    const { host } = new URL(server.url)
    await edit(join(scratch.root, 'specs/sources.yaml'), (text) =>
      text
        .replaceAll('https://docs.apikley.ru', `http://${host}`)
        .replace('- docs.apikley.ru', `- '${host}'`),
    )
    const options: SyncOptions = {
      root: scratch.root,
      names: operationSources,
      fetch,
      createTimeout: () => new AbortController().signal,
      now: 0,
      log: () => {},
      validate: generate,
    }
    const statuses = async (): Promise<string[]> =>
      (await sync(options)).map(({ status }) => status)
    expect(await statuses()).toEqual(['unchanged', ...Object.keys(pages).map(() => 'new')])
    expect(await statuses()).toEqual(Array(7).fill('unchanged'))

    const { files } = await generate(scratch.root)
    await write(scratch.root, files)
    const document = join(scratch.root, 'specs/openapi.yaml')
    expect(await readFile(document, 'utf8')).toContain('queuePosition')
    expect(await scratch.typecheck()).toEqual([])
    const output = await scratch.contract()
    expect(output).not.toMatch(/^not ok/m)
    expect(output).toContain('get-task-details returns the data of the example')
  } finally {
    await server.stop()
    await scratch.remove()
  }
})

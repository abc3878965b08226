import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { listen } from 'test-kit/listen'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { readDocument } from '../../../spec/compile/read-document.ts'
import { generate, write } from '../../../spec/generate/generate.ts'
import { sync } from '../../../spec/sync/sync.ts'
import { update } from '../../../spec/sync/update.ts'
import { filesBelow } from '../../packages/application.ts'
import { createScratch, type Scratch } from '../../scratch.ts'
import { edit, fixture } from '../../fixtures.ts'
import { edited, reframe, syncOptions } from '../documents.ts'

let scratch: Scratch
let root: string
beforeEach(async () => {
  scratch = await createScratch()
  root = scratch.root
})
afterEach(() => scratch.remove())

const textOf = (path = ''): Promise<string> => readFile(join(root, path), 'utf8')

async function regenerate(): Promise<string[]> {
  const { files } = await generate(root)
  return (await write(root, files)).map(({ status, path }) => `${status} ${path}`)
}

/** Everything compiles and passes its contract tests, with these among them. */
async function expectGreen(...titles: string[]): Promise<void> {
  expect(await scratch.typecheck()).toEqual([])
  const output = await scratch.contract()
  expect(output).not.toMatch(/^not ok/m)
  for (const title of titles) {
    expect(output).toContain(title)
  }
}

test('a renamed enum value changes the types, and breaks only the test that pins the enum', async () => {
  await edit(join(root, reframe), (text) => text.replaceAll('landscape_16_9', 'landscape_21_9'))
  const changes = await regenerate()
  expect(changes).toContain('changed packages/types/src/generated/openapi.ts')
  expect(changes).toContain('changed packages/types/src/generated/models/ideogram/v3-reframe.ts')
  const complaints = await scratch.typecheck()
  expect(complaints.length).toBeGreaterThan(0)
  for (const complaint of complaints) {
    expect(complaint).toMatch(/^packages\/client\/test\/types\.test-d\.ts/)
  }
})

test('a published document replaces its supplement, and new models and operations are typed and tested', async () => {
  const name = 'kling-2.6/text-to-video'
  const file = join(root, 'page.yaml')
  const supplement = await textOf(`specs/supplements/models/${name}.yaml`)
  const [text, published] = ['5 or 10 s from a prompt, with sound', '10 s']
  const enums: [string, string] = ["['1:1', '16:9', '9:16']", "['1:1', '16:9', '21:9']"]
  await writeFile(file, edited(supplement, enums, [text, published]))
  const base = await readDocument(join(root, 'specs/openapi.yaml'), 'openapi.yaml')
  const options = { ...syncOptions(root, [file]), base, isOffline: false }
  const { outcomes, files, changeset } = await update(options)
  expect(outcomes).toMatchObject([{ status: 'new' }])
  expect(files.toSorted()).toEqual([
    changeset,
    'packages/client/test/generated/contract.ts',
    `packages/types/src/generated/models/${name}.ts`,
    'packages/types/src/generated/openapi.ts',
    'packages/types/src/generated/registry.ts',
    'specs/openapi.yaml',
    `specs/supplements/models/${name}.yaml`,
    'specs/upstream/lock.json',
    `specs/upstream/market/${name}.yaml`,
  ])
  expect(await textOf(changeset)).toContain(name)
  expect(await textOf('packages/types/src/generated/openapi.ts')).toContain('"16:9" | "21:9"')
  for (const folder of ['specs', 'packages/types/src', 'packages/client/test']) {
    for (const path of await filesBelow(join(root, folder))) {
      expect(await readFile(path, 'utf8')).not.toContain(text)
    }
  }

  const model = join(root, 'specs/upstream/market/atelier/painter-2.5.yaml')
  await mkdir(dirname(model), { recursive: true })
  await copyFile(fixture('painter.yaml'), model)
  await copyFile(fixture('gallery.yaml'), join(root, 'specs/supplements/gallery.yaml'))
  await copyFile(fixture('usage.txt'), join(root, 'packages/react/test/usage.ts'))
  const removed = 'packages/types/src/generated/models/ideogram/v2-reframe.ts'
  await writeFile(join(root, removed), 'export {}\n')
  expect(await regenerate()).toEqual(
    expect.arrayContaining([
      'new packages/types/src/generated/models/atelier/painter-2.5.ts',
      'changed packages/client/test/generated/contract.ts',
      'changed packages/client/src/generated/operations.ts',
      'changed packages/react/src/generated/options.ts',
      `removed ${removed}`,
    ]),
  )
  await expectGreen(
    `${name} is accepted with every documented value`,
    'atelier/painter-2.5 is accepted with every documented value',
    'gallery-list returns the data of the example',
  )
})

/** The end of the URL of each operation's source, its name, and the page that is served there. */
const pages = [
  ['get-task-detail', 'market/common/get-task-detail', 'task-details.txt'],
  ['upload-file-stream', 'file-upload-api/upload-file-stream', 'upload-stream.yaml'],
  ['upload-file-base-64', 'file-upload-api/upload-file-base64', 'upload-base64.yaml'],
  ['upload-file-url', 'file-upload-api/upload-file-url', 'upload-url.yaml'],
  ['get-account-credits', 'common-api/get-account-credits', 'credits.yaml'],
  ['download-url', 'common-api/download-url', 'download-url.yaml'],
] as const

/** The hand-written client relies on the supplements, and has to work with published documents. */
test('after the first sync with all sources, everything compiles and passes its contract tests', async () => {
  const server = await listen((request, response) => {
    const [, , page] = pages.find(([end]) => request.url?.endsWith(end)) ?? []
    const file = page ? fixture(`operations/${page}`) : join(root, reframe)
    void readFile(file, 'utf8').then((text) => response.end(text))
  })
  onTestFinished(() => server.stop())
  const { host } = new URL(server.url)
  await edit(join(root, 'specs/sources.yaml'), (text) =>
    text
      .replaceAll('https://docs.apikley.ru', `http://${host}`)
      .replace('- docs.apikley.ru', `- '${host}'`),
  )
  const names = ['market/ideogram/v3-reframe', ...pages.map(([, name]) => name)]
  const statuses = async (): Promise<string[]> =>
    (await sync(syncOptions(root, names))).map(({ status }) => status)
  expect(await statuses()).toEqual(['unchanged', ...pages.map(() => 'new')])
  expect(await statuses()).toEqual(names.map(() => 'unchanged'))
  await regenerate()
  expect(await textOf('specs/openapi.yaml')).toContain('queuePosition')
  await expectGreen('get-task-details returns the data of the example')
})

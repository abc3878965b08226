import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readDocument } from '../../../spec/compile/read-document.ts'
import { generate, write } from '../../../spec/generate/generate.ts'
import { update } from '../../../spec/sync/update.ts'
import { filesBelow } from '../../packages/application.ts'
import { createScratch, type Scratch } from '../../scratch.ts'
import { edit, fixture } from '../../fixtures.ts'
import { edited } from '../documents.ts'

const reframe = 'specs/upstream/market/ideogram/v3-reframe.yaml'

async function regenerate(root: string): Promise<string[]> {
  const { files } = await generate(root)
  return (await write(root, files)).map(({ status, path }) => `${status} ${path}`)
}

describe('a spec change needs no hand edit', () => {
  let scratch: Scratch
  beforeEach(async () => {
    scratch = await createScratch()
  })
  afterEach(() => scratch.remove())

  test('a renamed enum value changes the types, and breaks only the test that pins the enum', async () => {
    await edit(join(scratch.root, reframe), (text) =>
      text.replaceAll('landscape_16_9', 'landscape_21_9'),
    )
    const changes = await regenerate(scratch.root)
    expect(changes).toContain('changed packages/types/src/generated/openapi.ts')
    expect(changes).toContain('changed packages/types/src/generated/models/ideogram/v3-reframe.ts')
    const complaints = await scratch.typecheck()
    expect(complaints.length).toBeGreaterThan(0)
    for (const complaint of complaints) {
      expect(complaint).toMatch(/^packages\/client\/test\/types\.test-d\.ts/)
    }
  })

  test('a second model and new operations are typed, callable and tested against the mock', async () => {
    const { root } = scratch
    const model = join(root, 'specs/upstream/market/atelier/painter-2.5.yaml')
    await mkdir(dirname(model), { recursive: true })
    await copyFile(fixture('painter.yaml'), model)
    await copyFile(fixture('gallery.yaml'), join(root, 'specs/supplements/gallery.yaml'))
    await copyFile(fixture('usage.txt'), join(root, 'packages/react/test/usage.ts'))
    const changes = await regenerate(root)
    expect(changes).toEqual(
      expect.arrayContaining([
        'new packages/types/src/generated/models/atelier/painter-2.5.ts',
        'changed packages/client/test/generated/contract.ts',
        'changed packages/client/src/generated/operations.ts',
        'changed packages/react/src/generated/options.ts',
      ]),
    )
    expect(await scratch.typecheck()).toEqual([])
    const output = await scratch.contract()
    expect(output).not.toMatch(/^not ok/m)
    expect(output).toContain('atelier/painter-2.5 is accepted with every documented value')
    expect(output).toContain('gallery-list returns the data of the example')
  })

  test('an update with a published document replaces its supplement everywhere', async () => {
    const { root } = scratch
    const textOf = (path = ''): Promise<string> => readFile(join(root, path), 'utf8')
    const name = 'kling-2.6/text-to-video'
    const file = join(root, 'page.yaml')
    const supplement = await textOf(`specs/supplements/models/${name}.yaml`)
    const [text, published] = ['5 or 10 s from a prompt, with sound', '10 s']
    const enums: [string, string] = ["['1:1', '16:9', '9:16']", "['1:1', '16:9', '21:9']"]
    await writeFile(file, edited(supplement, enums, [text, published]))
    const { outcomes, files, changeset } = await update({
      root,
      base: await readDocument(join(root, 'specs/openapi.yaml'), 'openapi.yaml'),
      isOffline: false,
      names: [file],
      fetch,
      createTimeout: () => new AbortController().signal,
      now: 0,
      log: () => {},
      validate: generate,
    })
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
    expect(await scratch.typecheck()).toEqual([])
    const output = await scratch.contract()
    expect(output).not.toMatch(/^not ok/m)
    expect(output).toContain(`${name} is accepted with every documented value`)
  })

  test('a generated file of a removed model is removed', async () => {
    const { root } = scratch
    await writeFile(
      join(root, 'packages/types/src/generated/models/ideogram/v2-reframe.ts'),
      'export {}\n',
    )
    expect(await regenerate(root)).toEqual([
      'removed packages/types/src/generated/models/ideogram/v2-reframe.ts',
    ])
  })
})

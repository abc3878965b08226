import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { generate, write } from '../../../spec/generate/generate.ts'
import { createScratch, type Scratch } from '../../scratch.ts'
import { edit, fixture } from '../../fixtures.ts'

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

  test('a file that is no longer generated is removed', async () => {
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

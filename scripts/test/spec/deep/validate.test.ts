import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generate } from '../../../spec/generate/generate.ts'
import { copySpecs, edited, painter } from '../documents.ts'

let root: string
beforeAll(async () => {
  root = await copySpecs()
})
afterAll(() => rm(root, { recursive: true }))

const generateWith = async (text: string): Promise<unknown> => {
  await writeFile(join(root, 'specs/upstream/painter.yaml'), text)
  return generate(root)
}

/** Only the linter finds these faults. */
test.each([
  ['a field that is required in itself', 'maxLength: 50', 'required: true'],
  ['a limit that is a string', 'minimum: 0.1', "minimum: '0.1'"],
  [
    'a type that does not exist',
    '                      type: number',
    '                      type: float',
  ],
])('%s is refused', async (_, before, after) => {
  await expect(generateWith(edited(painter, [before, after]))).rejects.toThrow(
    /^(specs\/upstream\/painter\.yaml:\d+: )?[\w-]+: /,
  )
})

test('a valid document is accepted', async () => {
  await expect(generateWith(painter)).resolves.toBeDefined()
})

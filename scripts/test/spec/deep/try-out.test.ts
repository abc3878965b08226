import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repository } from '../../../scratch.ts'
import { tryOut } from '../../../spec/sync/try-out.ts'
import { fixture } from '../../fixtures.ts'

let specs: string
beforeAll(async () => {
  specs = join(await mkdtemp(join(tmpdir(), 'apikley-trial-')), 'specs')
  await cp(join(repository, 'specs'), specs, { recursive: true })
})
afterAll(() => rm(dirname(specs), { recursive: true }))

/** Ordinary untidiness that nothing but the linter sees. */
test.each([
  [
    'a field that is required in itself',
    '                      maxLength: 50',
    '                      required: true',
  ],
  ['a limit that is a text', 'minimum: 0.1', "minimum: '0.1'"],
  [
    'a type that does not exist',
    '                      type: number',
    '                      type: float',
  ],
  ['an enum without values', '[black, white]', '[]'],
])('%s is refused before it is taken in', async (_, before, after) => {
  const painter = await readFile(fixture('painter.yaml'), 'utf8')
  expect(painter).toContain(before)
  await writeFile(join(specs, 'upstream/market/painter.yaml'), painter.replace(before, after))
  await expect(tryOut(dirname(specs))).rejects.toThrow('redocly lint failed')
  await writeFile(join(specs, 'upstream/market/painter.yaml'), painter)
})

test('a document that is in order passes', async () => {
  await writeFile(
    join(specs, 'upstream/market/painter.yaml'),
    await readFile(fixture('painter.yaml'), 'utf8'),
  )
  await expect(tryOut(dirname(specs))).resolves.toBeUndefined()
})

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { checkLock, readLock } from '../../spec/compile/lock.ts'
import { fileFault } from '../../spec/file-error.ts'
import { retire } from '../../spec/sync/retire.ts'
import { commit, withLock } from '../../spec/sync/transaction.ts'
import { copySpecs } from './documents.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'apikley-transaction-'))
  await mkdir(join(root, 'a'))
  await writeFile(join(root, 'a/old'), 'old')
  await writeFile(join(root, 'a/removed'), 'removed')
})
afterEach(() => rm(root, { recursive: true }))

const tree = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true })).filter((name) => !name.startsWith('.')).toSorted()

test('a commit writes, replaces and removes files, and removes empty folders', async () => {
  const files = new Map([
    ['a/old', undefined],
    ['a/removed', undefined],
    ['b/c/new', 'new'],
    ['b/same', 'same'],
  ])
  expect(commit(root, files)).toEqual([...files.keys()])
  expect(await tree()).toEqual(['b', 'b/c', 'b/c/new', 'b/same'])
  expect(commit(root, files)).toEqual([])
})

test('a commit that fails after some files restores them', async () => {
  // The last file cannot be written, because its folder is a file.
  const files = new Map([
    ['a/old', 'changed'],
    ['a/removed', undefined],
    ['b/new', 'new'],
    ['a/old/below', 'impossible'],
  ])
  expect(() => commit(root, files)).toThrow(/^Nothing was changed: .*a\/old is a file in the place/)
  expect(await tree()).toEqual(['a', 'a/old', 'a/removed'])
  expect(await readFile(join(root, 'a/old'), 'utf8')).toBe('old')
})

test.each([
  ['EACCES', '/a may not be read or changed: give yourself access to it and to its folder'],
  ['EROFS', '/a is on a read-only disk: make that writable'],
  ['ENOSPC', '/a is on a full disk: free some space'],
])('a file that is refused with %s is one sentence with the fix', (code, sentence) => {
  const error = Object.assign(new Error('raw'), { code, path: '/a' })
  expect(fileFault(error)).toBe(`${sentence}, and run the command again`)
  expect(fileFault(new Error('raw'))).toBeUndefined()
})

test('the second of two runs at once is refused, and the lock ends with its run', async () => {
  await withLock(root, async () => {
    await expect(withLock(root, async () => {})).rejects.toThrow('another command is changing')
  })
  await expect(withLock(root, async () => 'free')).resolves.toBe('free')
})

test.each([
  ['a file without an entry', 'market/new.yaml', 'openapi: 3.0.0', 'is not in lock.json'],
  [
    'a file that was edited',
    'market/ideogram/v3-reframe.yaml',
    'x: 1',
    'is not what was published',
  ],
  ['an entry without a file', 'market/ideogram/v3-reframe.yaml', undefined, 'does not exist'],
])('lock.json and specs/upstream differ by %s', async (_, name, text, message) => {
  const copy = await copySpecs()
  onTestFinished(() => rm(copy, { recursive: true }))
  const file = join(copy, 'specs/upstream', name)
  await (text === undefined ? rm(file) : writeFile(file, text))
  await expect(readLock(copy).then((lock) => checkLock(copy, lock))).rejects.toThrow(message)
})

test('a model is retired with its source, or removed with its overlays', async () => {
  const copy = await copySpecs()
  onTestFinished(() => rm(copy, { recursive: true }))
  const model = 'ideogram/v3-reframe'
  const request = { model, renamedTo: undefined, day: '2026-01-05' }
  const marked = await retire(copy, { ...request, isRemoved: false })
  expect(marked.get('specs/retired.yaml')).toContain(`model: ${model}\n    since: 2026-01-05`)
  expect(marked.get('specs/sources.yaml')).not.toContain('v3-reframe')
  const removed = await retire(copy, { ...request, isRemoved: true })
  const gone = [...removed].filter(([, text]) => text === undefined).map(([path]) => path)
  expect(gone).toEqual([
    'specs/upstream/market/ideogram/v3-reframe.yaml',
    'specs/overlays/ideogram-v3-reframe-contact-email.yaml',
    'specs/overlays/ideogram-v3-reframe-texts.yaml',
  ])
})

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readManifest, repository } from '../../release/packages.ts'
import { readDocument } from '../../spec/compile/read-document.ts'
import { compareReports, type ApiReport } from '../../spec/diff/api.ts'
import { compareConfigurations } from '../../spec/diff/configuration.ts'
import { toVerdict } from '../../spec/diff/diff.ts'
import { BUMPS, highest, type Reason } from '../../spec/diff/version-rules.ts'
import { lastRelease, rate } from '../../spec/diff/released.ts'

const release = await lastRelease(repository)

test('the changesets are as high as the verdict since the last release', async () => {
  const path = join(repository, 'specs/openapi.yaml')
  const found = await rate(repository, release, await readDocument(path, path))
  const folder = join(repository, '.changeset')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const rows = texts.flatMap((text) => Object.values(parse(text.split('---\n')[1] ?? '') ?? {}))
  const pending = highest(BUMPS.filter((bump) => rows.includes(bump)))
  const { version } = await readManifest(join(repository, 'packages/client'))
  // Before 1.0.0 a minor version may break programs.
  const needed = version.startsWith('0.') && found.bump === 'major' ? 'minor' : found.bump
  const isLower = BUMPS.indexOf(pending) < BUMPS.indexOf(needed)
  expect(isLower ? toVerdict(found) : '').toBe('')
})

const bumpOf = (reasons: Reason[]): string => highest(reasons.map(({ bump }) => bump))
const options = (fields: string): string =>
  `interface Options { ${fields} }\nexport declare function run(options: Options): void\nexport {}`

const changes = [
  ['major', 'a removed type', 'export type A = string', 'export {}'],
  ['major', 'a type in place of a value', 'export declare class A {}', 'export interface A {}'],
  ['minor', 'a new export', 'export {}', 'export declare const a: 1'],
  ['major', 'an option that is removed', options('a?: 1; b?: 2'), options('a?: 1')],
  ['minor', 'an option that is new', options('a?: 1'), options('a?: 1; b?: 2')],
  ['major', 'an option that is required', options('a?: 1'), options('a: 1')],
  ['minor', 'an option that takes more', options('a: 1'), options('a: 1 | 2')],
  [
    'major',
    'a result that may be missing',
    'export declare const a: 1',
    'export declare const a: 1 | undefined',
  ],
  ['major', 'one more type parameter', 'export type A<T> = T[]', 'export type A<T, U> = [T, U]'],
  [
    'none',
    'a type with another name',
    'type A = 1; export declare const a: A; export {}',
    'type B = 1; export declare const a: B; export {}',
  ],
  [
    'minor',
    'a field of a type that contains itself',
    'export interface A { a?: A }',
    'export interface A { a?: A; b?: A }',
  ],
] as const

test('an export has to fit where the old one was used', async () => {
  const [before, after] = ([2, 3] as const).map((side): ApiReport[] => [
    {
      folder: 'client',
      entries: Object.fromEntries(changes.map(([, title], index) => [title, `${index}.ts`])),
      declarations: Object.fromEntries(changes.map((row, index) => [`${index}.ts`, row[side]])),
    },
  ])
  const reasons = await compareReports(before ?? [], after ?? [])
  const bumps = changes.map(([, title]) =>
    bumpOf(reasons.filter(({ message }) => message.startsWith(`${title}: `))),
  )
  expect(bumps).toEqual(changes.map(([bump]) => bump))
})

const { support, operations } = release.configuration
const peer = '@apikley/react peer react ^19'
test.each([
  ['none', 'the same configuration', {}, []],
  ['major', 'an entry is removed', {}, ['@apikley/client exports ./operations import types']],
  ['minor', 'an entry is added', { '@apikley/client exports ./store import types': '' }, []],
  ['major', 'a version of Node is dropped', {}, ['runtime node 20']],
  ['major', 'a newer Node is needed', { '@apikley/client node': '>=22' }, []],
  ['minor', 'an older Node is enough', { '@apikley/client node': '>=8' }, []],
  ['major', 'a range of a peer is dropped', {}, [peer]],
  ['minor', 'a range of a peer is added', { '@apikley/react peer react ^20': '^20.0.0' }, []],
  ['major', 'a peer is added', { '@apikley/react peer other ^1': '^1.0.0' }, []],
])('%s: %s', (bump, _, changes, removed) => {
  const kept = Object.entries(Object(support)).filter(
    ([key]) => !removed.some((name) => name === key),
  )
  const now = { ...release.configuration, support: { ...Object.fromEntries(kept), ...changes } }
  expect(
    bumpOf(compareConfigurations(release.configuration, JSON.parse(JSON.stringify(now)))),
  ).toBe(bump)
})

test('an operation that the table retries in other cases calls for a major version', () => {
  const changed = JSON.parse(JSON.stringify(operations).replace('never', 'safe'))
  const reasons = compareConfigurations(release.configuration, {
    ...release.configuration,
    operations: changed,
  })
  expect(reasons).toMatchObject([{ rule: 'operation-table', bump: 'major' }])
})

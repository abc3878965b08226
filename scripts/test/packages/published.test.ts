import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { filterProblems } from '@arethetypeswrong/core/problems'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, inject, test } from 'vitest'
import { pnpm, repository } from '../../release/packages.ts'
import { run } from '../../run.ts'
import { compile, filesBelow } from './application.ts'

const { packages } = inject('application')

describe.each(packages)('$name as it is published', ({ manifest, tarball, unpacked }) => {
  test('publint finds no problem', async () => {
    const { messages, pkg } = await publint({ pkgDir: unpacked, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  test('modules, CommonJS and bundlers get the right types', async () => {
    const data = createPackageFromTarballData(new Uint8Array(await readFile(tarball)))
    const analysis = await checkPackage(data, { excludeEntrypoints: [/\.yaml$/] })
    if (!analysis.types) {
      throw new Error('The package has no types.')
    }
    const problems = (['node16-cjs', 'node16-esm', 'bundler'] as const).flatMap((resolutionKind) =>
      filterProblems(analysis, { resolutionKind }),
    )
    expect(problems).toEqual([])
  })

  test('the files are those that the manifest lists', async () => {
    const files = (await filesBelow(unpacked)).map((file) => relative(unpacked, file))
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    const listed = new Set(['LICENSE', 'README.md', 'package.json', ...(manifest.files ?? [])])
    const unlisted = files.filter(
      (file) =>
        !listed.has(file.split('/')[0] ?? '') || /\.test\.|\.env|\.npmrc|tsbuildinfo/.test(file),
    )
    expect(unlisted).toEqual([])
  })

  test('every source map leads to published files', async () => {
    const files = await filesBelow(join(unpacked, 'dist'))
    const sources = files
      .filter((file) => file.endsWith('.map'))
      .map(async (file) => {
        const map: { sources: string[] } = JSON.parse(await readFile(file, 'utf8'))
        return map.sources.map((source) => join(dirname(file), source))
      })
    const published = new Set(await filesBelow(unpacked))
    const missing = (await Promise.all(sources)).flat().filter((source) => !published.has(source))
    // The source of a bundled dependency is in the map.
    expect(missing.filter((source) => !source.includes('/.pnpm/'))).toEqual([])
    // A file without a map has no code.
    const unmapped = files.filter(
      (file) => /\.c?[jt]s$/.test(file) && !files.includes(`${file}.map`),
    )
    const texts = await Promise.all(unmapped.map((file) => readFile(file, 'utf8')))
    expect(texts.filter((text) => /\b(function|class)\b/.test(text))).toEqual([])
  })

  test('no file has a path of the machine that built it', async () => {
    const texts = (await filesBelow(unpacked)).map((file) => readFile(file, 'utf8'))
    expect((await Promise.all(texts)).flatMap(machinePaths)).toEqual([])
  })

  test('every dependency has a version', async () => {
    const text = await readFile(join(unpacked, 'package.json'), 'utf8')
    expect(text).not.toMatch(/"(workspace|catalog|link|file):/)
  })
})

test('every installed package has a licence that allows any use', async () => {
  const filters = packages.flatMap(({ name }) => ['--filter', name])
  const args = [...filters, 'licenses', 'list', '--prod', '--json']
  const licenses: Record<string, unknown> = JSON.parse(await run(pnpm, args, { cwd: repository }))
  const accepted = /^(0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|ISC|MIT)$/
  expect(Object.keys(licenses)).toContain('MIT')
  expect(Object.keys(licenses).filter((license) => !accepted.test(license))).toEqual([])
})

test("only components and hooks are marked 'use client'", async () => {
  const dist = join(inject('application').folder, 'node_modules/@apikley/react/dist')
  const marked = async (name: string): Promise<boolean> =>
    (await readFile(join(dist, name), 'utf8')).slice(0, 40).includes('use client')
  const files = ['provider', 'use-run', 'use-task'].flatMap((name) => [`${name}.js`, `${name}.cjs`])
  expect(await Promise.all(files.map(marked))).toEqual(files.map(() => true))
  const others = ['index.js', 'query-options.js', 'generated/options.js']
  expect(await Promise.all(others.map(marked))).toEqual(others.map(() => false))
})

test('the ESM and CommonJS types of every entry are assignable to each other', async () => {
  const { folder } = inject('application')
  const entries = packages.flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports ?? {})
      .filter(([, target]) => typeof target !== 'string')
      .map(([entry]) => `${name}${entry.slice(1).replace('*', 'ideogram/v3-reframe')}`),
  )
  const program = entries.map(
    (entry, index) => `import type * as Esm${index} from '${entry}'
import type * as Cjs${index} from '${entry}' with { 'resolution-mode': 'require' }
declare let esm${index}: Omit<typeof Esm${index}, 'default'>
declare let cjs${index}: Omit<typeof Cjs${index}, 'default'>
esm${index} = cjs${index}
cjs${index} = esm${index}\n`,
  )
  // The declarations of these packages differ between their own formats.
  const third = { 'openapi-fetch': 'client', '@tanstack/react-query': 'react' }
  const paths = Object.fromEntries(
    Object.entries(third).map(([name, user]) => [
      name,
      [join(repository, 'packages', user, 'node_modules', name)],
    ]),
  )
  expect(await compile(folder, { 'program.mts': program.join('') }, { paths })).toBe('')
})

function machinePaths(content: string): string[] {
  const pattern =
    /file:\/\/\/[\w.-]+|(?<![\w./-])\/(?:home|root|Users|tmp|builds|workspace)\/[\w.-]+|[A-Z]:\\\\?Users/g
  const found = content.match(pattern) ?? []
  return content.includes(repository) ? [...found, repository] : [...found]
}

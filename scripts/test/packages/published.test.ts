import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { filterProblems } from '@arethetypeswrong/core/problems'
import { lintSource } from '@secretlint/core'
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, describe, expect, test } from 'vitest'
import { createApplication, filesBelow } from '../../packages/pack.ts'
import { repository } from '../../scratch.ts'

const application = await createApplication()
afterAll(() => application.remove())

describe.each(application.packages)(
  '$name as it is published',
  ({ manifest, tarball, unpacked }) => {
    test('has nothing that publint finds', async () => {
      // What was unpacked is all that is published.
      const { messages, pkg } = await publint({ pkgDir: unpacked, pack: false, strict: true })
      expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
    })

    test('has the right types for modules, CommonJS and bundlers', async () => {
      const analysis = await checkPackage(
        createPackageFromTarballData(new Uint8Array(await readFile(tarball))),
        {
          // A file that is no program has no types.
          excludeEntrypoints: [/\.yaml$/],
        },
      )
      if (!analysis.types) {
        throw new Error('There are no types.')
      }
      const kinds = (['node16-cjs', 'node16-esm', 'bundler'] as const).flatMap((resolutionKind) =>
        filterProblems(analysis, { resolutionKind }),
      )
      expect(kinds).toEqual([])
    })

    test('holds its licence, its readme, its changes once there are some, and nothing that it does not list', async () => {
      const files = (await filesBelow(unpacked)).map((file) => relative(unpacked, file))
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
      const listed = ['LICENSE', 'README.md', 'package.json', ...(manifest.files ?? [])]
      expect(
        files.filter(
          (file) =>
            !listed.includes(file.split('/')[0] ?? '') ||
            /\.test\.|\.env|\.npmrc|tsbuildinfo/.test(file),
        ),
      ).toEqual([])
    })

    test('has source maps with the sources in them', async () => {
      const files = await filesBelow(unpacked)
      const maps = files.filter((file) => file.endsWith('.map'))
      for (const map of maps) {
        const { sources, sourcesContent }: { sources: string[]; sourcesContent?: string[] } =
          JSON.parse(await readFile(map, 'utf8'))
        expect(sourcesContent?.filter((source) => source.length > 0)).toHaveLength(sources.length)
        // What a debugger shows as their place is below this package or one that it bundles.
        expect(sources.filter((source) => !/^(\.\.\/)+(src|node_modules)\//.test(source))).toEqual(
          [],
        )
      }
      const programs = files.filter((file) => ['.js', '.cjs'].includes(extname(file)))
      const named = programs.map(async (file) => {
        const map = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(await readFile(file, 'utf8'))?.[1]
        return map === undefined ? [] : [join(dirname(file), map)]
      })
      expect((await Promise.all(named)).flat().toSorted()).toEqual(
        maps.filter((map) => !/\.d\.c?ts\.map$/.test(map)),
      )
    })

    test('holds no secret and no path of the machine that built it', async () => {
      const found = (await filesBelow(unpacked)).map(async (file) => {
        const content = await readFile(file, 'utf8')
        return [...(await secrets(file, content)), ...machinePaths(content)].map(
          (what) => `${relative(unpacked, file)}: ${what}`,
        )
      })
      expect((await Promise.all(found)).flat()).toEqual([])
    })

    test('names no dependency by where it is in this repository', async () => {
      const { dependencies, peerDependencies, devDependencies }: typeof manifest = JSON.parse(
        await readFile(join(unpacked, 'package.json'), 'utf8'),
      )
      const ranges = Object.entries({ ...dependencies, ...peerDependencies, ...devDependencies })
      expect(ranges.filter(([, range]) => /^(workspace|catalog|link|file):/.test(range))).toEqual(
        [],
      )
    })
  },
)

test('the gate for secrets and paths sees them', async () => {
  const token = ['npm', 'a'.repeat(36)].join('_')
  expect(await secrets('a.js', `const token = '${token}'`)).toHaveLength(1)
  expect(machinePaths(`at ${repository}/packages/client`)).not.toEqual([])
  expect(machinePaths(`"file:///builds/a.js", "/Users/a/b"`)).toHaveLength(2)
  expect(machinePaths(`"https://api.apikley.ru/home/page"`)).toEqual([])
})

test('everything that the packages install has a licence that allows any use', async () => {
  const pnpm = join(repository, 'node_modules/.bin/pnpm')
  const filters = application.packages.flatMap(({ name }) => ['--filter', name])
  const { stdout } = await promisify(execFile)(
    pnpm,
    [...filters, 'licenses', 'list', '--prod', '--json'],
    { cwd: repository },
  )
  const licenses: Record<string, { name: string; versions: string[] }[]> = JSON.parse(stdout)
  const list = Object.entries(licenses).flatMap(([license, packages]) =>
    packages.map(({ name, versions }) => `${license.padEnd(14)} ${name} ${versions.join(', ')}`),
  )
  console.log(`What the packages install:\n${list.toSorted().join('\n')}`)
  // Another one is for a person to judge.
  const accepted = [
    '0BSD',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BlueOak-1.0.0',
    'ISC',
    'MIT',
  ]
  expect(list.length).toBeGreaterThan(0)
  expect(Object.keys(licenses).filter((license) => !accepted.includes(license))).toEqual([])
})

test('a component and a hook are for the client, and what servers use as well is not', async () => {
  const dist = join(application.folder, 'node_modules/@apikley/react/dist')
  const marked = async (file: string): Promise<string> =>
    `${file}: ${/^(["']use strict["'];\s*)?["']use client["']/.test(await readFile(join(dist, file), 'utf8'))}`
  const client = [
    'provider.js',
    'provider.cjs',
    'use-run.js',
    'use-run.cjs',
    'use-task.js',
    'use-task.cjs',
  ]
  const both = ['index.js', 'options.js', 'generated/options.js']
  expect(await Promise.all(client.map(marked))).toEqual(client.map((file) => `${file}: true`))
  expect(await Promise.all(both.map(marked))).toEqual(both.map((file) => `${file}: false`))
})

test('what is bundled into a package comes with its licence', async () => {
  const client = join(application.folder, 'node_modules/@apikley/client/dist')
  const code = await readFile(join(client, 'LICENSE-openapi-fetch'), 'utf8')
  expect(code).toMatch(/^MIT License/)
  const bundled = new Set<string>()
  for (const file of await readdir(client, { recursive: true })) {
    if (file.endsWith('.map')) {
      const { sources }: { sources: string[] } = JSON.parse(
        await readFile(join(client, file), 'utf8'),
      )
      for (const source of sources) {
        for (const [, name] of source.matchAll(/node_modules\/((?!\.)(?:@[^/]+\/)?[^/]+)/g)) {
          if (name) {
            bundled.add(name)
          }
        }
      }
    }
  }
  expect([...bundled]).toEqual(['openapi-fetch'])
})

async function secrets(filePath: string, content: string): Promise<string[]> {
  const rules = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: recommended }]
  const source = { filePath, content, ext: extname(filePath), contentType: 'text' } as const
  const { messages } = await lintSource({ source, options: { config: { rules } } })
  return messages.map(({ message }) => message)
}

function machinePaths(content: string): string[] {
  const found =
    content.match(
      /file:\/\/\/[\w.-]+|(?<![\w./-])\/(?:home|root|Users|tmp|builds|workspace)\/[\w.-]+|[A-Z]:\\\\?Users/g,
    ) ?? []
  return content.includes(repository) ? [...found, repository] : [...found]
}

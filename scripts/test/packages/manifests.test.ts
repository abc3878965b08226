import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { publishedPackages, readManifest } from '../../packages/manifest.ts'
import { repository } from '../../scratch.ts'

const root = await readManifest(repository)
const packages = await publishedPackages()

test('the packages are found', () => {
  expect(packages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['@apikley/client', '@apikley/react', '@apikley/types']),
  )
})

describe.each(packages)('the manifest of $name', ({ folder, manifest }) => {
  test('says what it is, whose it is and where it comes from', () => {
    expect(manifest.description).toMatch(/^[A-Z].{20,}[^.]$/)
    expect(manifest.license).toBe(root.license)
    expect(manifest.keywords).toEqual([...new Set(manifest.keywords)].toSorted())
    expect(manifest.keywords).toContain('apikley')
    expect(manifest.repository).toEqual({
      ...root.repository,
      directory: relative(repository, folder),
    })
  })

  test('ships what was built and its changes, and is published for everyone, with a proof of where', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['CHANGELOG.md', 'dist']))
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true })
  })

  test('is a module without side effects that runs where the others run', () => {
    expect(manifest.type).toBe('module')
    // What keeps the server out of pages has one: webpack would leave out the file that says so.
    expect(manifest.sideEffects).toEqual(
      manifest.name === '@apikley/server' ? ['./browser/*'] : false,
    )
    expect(manifest.engines).toEqual(root.engines)
  })

  test('gives modules and CommonJS an entry each, with types of their own, and opens nothing else', () => {
    const { './package.json': own, ...entries } = manifest.exports ?? {}
    expect(own).toBe('./package.json')
    // A file is named as it is. A program has code and types for both, whatever other conditions
    // stand around them.
    const wrong = Object.entries(entries).filter(([entry, target]) =>
      typeof target === 'string'
        ? target !== entry
        : !both.every((end) => conditions(target).some((path) => path.endsWith(end))),
    )
    expect(wrong).toEqual([])
    const patterns = Object.keys(entries).filter((entry) => entry.includes('*'))
    expect(patterns).toEqual(manifest.name === '@apikley/types' ? ['./models/*'] : [])
  })

  test('runs nothing when it is installed', () => {
    for (const script of Object.keys(manifest.scripts ?? {})) {
      expect(script).not.toMatch(/^(pre|post)?install$|prepare|prepublish/)
    }
  })

  test('asks for the other packages in the range that a release of all of them keeps', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
      ([name]) => name.startsWith('@apikley/'),
    )
    for (const [, range] of asked) {
      expect(range).toBe('workspace:^')
    }
  })

  test('has a licence and a readme beside it', async () => {
    expect(await readFile(join(folder, 'LICENSE'), 'utf8')).toBe(
      await readFile(join(repository, 'LICENSE'), 'utf8'),
    )
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toMatch(
      new RegExp(`^# ${manifest.name}\n\n[A-Z]`),
    )
  })
})

const both = ['import.types', 'import.default', 'require.types', 'require.default']

describe('a release', () => {
  const check = (server: string, name: string): Promise<string> =>
    promisify(execFile)(process.execPath, [join(repository, 'scripts/release-check.ts')], {
      env: { ...process.env, GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name },
    }).then(
      ({ stdout }) => stdout,
      (error: { stderr: string }) => error.stderr,
    )

  test('goes out of the repository that the manifests name', async () => {
    const { origin, pathname } = new URL(
      root.repository?.url.replace(/^git\+/, '').replace(/\.git$/, '') ?? '',
    )
    expect(await check(origin, pathname.slice(1))).toContain('All manifests name')
  })

  test('is refused from another one, before anything is published', async () => {
    const said = await check('https://github.com', 'someone/fork')
    expect(said).toContain('This is git+https://github.com/someone/fork.git, but "repository" is')
    expect(said).toContain('@apikley/client')
  })
})

/** The paths of conditions below an entry. */
function conditions(target: unknown, path: string[] = []): string[] {
  if (typeof target !== 'object' || target === null) {
    return [path.join('.')]
  }
  return Object.entries(target).flatMap(([condition, below]) =>
    conditions(below, [...path, condition]),
  )
}

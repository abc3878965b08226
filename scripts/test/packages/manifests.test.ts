import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readRuntimes, type Runtimes } from '../../matrix/runtimes.ts'
import { publishedPackages, readManifest, repository } from '../../release/packages.ts'
import { run } from '../../run.ts'
import { EVIDENCE } from '../../verify-live/verify-live.ts'

const root = await readManifest(repository)
const packages = await publishedPackages()
const runtimes = await readRuntimes()

describe.each(packages)('the manifest of $name', ({ folder, manifest, name }) => {
  test('names the package, its licence, its repository and the supported versions of Node', async () => {
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/^[A-Z].{20,}[^.]$/),
      license: root.license,
      repository: { ...root.repository, directory: relative(repository, folder) },
      publishConfig: { access: 'public', provenance: true },
      type: 'module',
      // webpack would otherwise drop the file with which the server package stops a page's build.
      sideEffects: name === '@apikley/server' ? ['./browser/*'] : false,
      engines: { node: runtimes.node.engines },
      files: expect.arrayContaining(['CHANGELOG.md', 'dist']),
    })
    const licence = await readFile(join(repository, 'LICENSE'), 'utf8')
    expect(await readFile(join(folder, 'LICENSE'), 'utf8')).toBe(licence)
    const readme = await readFile(join(folder, 'README.md'), 'utf8')
    expect(readme.startsWith(`# ${name}\n`)).toBe(true)
  })

  test('runs no script on installation, and needs the other packages of its release', () => {
    const scripts = Object.keys(manifest.scripts ?? {}).join(' ')
    expect(scripts).not.toMatch(/\b(pre|post)?install\b|prepare|prepublish/)
    const dependencies = { ...manifest.dependencies, ...manifest.peerDependencies }
    for (const [each, range] of Object.entries(dependencies)) {
      expect(range === 'workspace:^').toBe(each.startsWith('@apikley/'))
    }
  })
})

test.each([
  ['0.1.0', 'owner/name', '', 'All manifests name'],
  ['0.1.0', 'owner/fork', '', 'Set "repository.url" to git+https://github.com/owner/fork.git'],
  ['1.0.0', 'owner/name', '', 'Run `pnpm verify:live` before 1.0.0'],
  ['1.0.0', 'owner/name', EVIDENCE, 'All manifests name'],
])('a release of %s from %s with the evidence "%s" prints: %s', async (version, ...row) => {
  const [name, evidence, expected] = row
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-check-'))
  for (const path of ['scripts/release', 'scripts/run.ts']) {
    await cp(join(repository, path), join(folder.path, path), { recursive: true })
  }
  const manifest = {
    name: 'a',
    version,
    repository: { url: 'git+https://github.com/owner/name.git' },
  }
  const files = { 'package.json': manifest, 'packages/a/package.json': manifest, [evidence]: 0 }
  for (const [path, content] of Object.entries(files).filter(([each]) => each)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true })
    await writeFile(join(folder.path, path), JSON.stringify(content))
  }
  const env = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: name }
  const check = run(process.execPath, [join(folder.path, 'scripts/release/check.ts')], { env })
  expect(await check.catch(String)).toContain(expected)
})

test('a changeset names one package, and is not major before the live service is verified', async () => {
  const isVerified = existsSync(join(repository, EVIDENCE))
  const folder = join(repository, '.changeset')
  for (const file of (await readdir(folder)).filter((each) => each.endsWith('.md'))) {
    const [, header = ''] = (await readFile(join(folder, file), 'utf8')).split(/^---\n/m)
    expect(`${file} ${header}`).toMatch(/^\S+ '@apikley\/\w+': (major|minor|patch)\n$/)
    expect(isVerified || !header.includes('major')).toBe(true)
  }
})

test('the README lists the supported runtimes', async () => {
  const readme = await readFile(join(repository, 'README.md'), 'utf8')
  expect(readme).toContain(runtimesAsText(runtimes))
})

test('CI starts on the oldest supported Node', async () => {
  expect(runtimes.node.engines).toBe(`>=${runtimes.node.versions[0]}`)
  const workflow = await readFile(join(repository, '.github/workflows/ci.yml'), 'utf8')
  expect(/node-version: (\d+)/.exec(workflow)?.[1]).toBe(runtimes.node.versions[0])
})

test('the examples of the matrix install the latest packages, as a user does', async () => {
  const examples = join(repository, 'examples/runtimes')
  for (const name of await readdir(examples)) {
    for (const file of ['package.json', 'deno.json']) {
      const text = await readFile(join(examples, name, file), 'utf8').catch(() => '')
      for (const [, range] of text.matchAll(/"@apikley\/[\w-]+": "([^"]+)"/g)) {
        expect(range).toMatch(/^(npm:@apikley\/\w+@)?latest$/)
      }
    }
  }
})

/** The list of runtimes as the README prints it. */
function runtimesAsText({ node, typescript, bun, deno, browser }: Runtimes): string {
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.')
  const resolutions = typescript.resolutions.map((each) => `\`${each}\``)
  return [
    `- Node ${list(node.versions)}, as ES modules and as CommonJS`,
    `- Bun ${minor(bun)}, Deno ${minor(deno)}, Cloudflare Workers (workerd)`,
    `- browsers, through a bundler (tried with Vite in ${browser})`,
    `- TypeScript ${list(typescript.versions)}, with \`moduleResolution\` ${list(resolutions, 'or')}`,
  ].join('\n')
}

function list(items: string[], word = 'and'): string {
  return [items.slice(0, -1).join(', '), items.at(-1)].filter(Boolean).join(` ${word} `)
}

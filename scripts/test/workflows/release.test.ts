import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishedPackages, repository } from '../../release/packages.ts'
import { startRegistry, type Registry } from '../release/registry.ts'
import { Runner } from './runner.ts'
import { createStandIn, type StandIn } from './stand-in.ts'

type Packument = {
  'dist-tags': Record<string, string>
  versions: Record<string, { dependencies?: Record<string, string>; dist: { tarball: string } }>
}

const changeset = (text: string): string => `---\n'@apikley/client': minor\n---\n\n${text}\n`
const PUBLISHING = ['check', 'pack', 'publish', 'announce']
const packages = await publishedPackages()
const isFirst = packages[0]?.manifest.version === '0.0.0'

let github: StandIn
let registry: Registry
let runner: Runner
beforeAll(async () => {
  github = await createStandIn(repository)
  registry = await startRegistry()
  runner = new Runner('release', github, registry.npmrc)
})
afterAll(async () => {
  await registry.stop()
  await rm(github.folder, { recursive: true })
})

test('changesets become the next version, with one changelog and the record', async () => {
  await runner.merge('.changeset/rehearsal.md', changeset('A rehearsal.'))
  expect(await runner.push()).toEqual(['check', 'version'])
  expect(await github.calls()).toEqual(['workflow run ci.yml --ref changeset-release/main'])
  // The clone of the job `check` still has the changesets.
  await runner.bash('npx -y pnpm@12.21.0 release:dry', join(github.folder, 'check'), 24)

  const root = await runner.clone('version')
  expect((await readdir(join(root, '.changeset'))).filter((name) => name.endsWith('.md'))).toEqual(
    [],
  )
  const texts = await Promise.all(
    packages.map(({ name }) => readFile(join(root, changelogOf(name)), 'utf8')),
  )
  expect(texts.filter((text) => text.includes('A rehearsal.'))).toHaveLength(1)
  const document = await readFile(join(root, 'specs/openapi.yaml'), 'utf8')
  expect(await readFile(join(root, 'released/openapi.yaml'), 'utf8')).toBe(document)
})

test('a push without changesets publishes the version and announces it', async () => {
  expect(await runner.push()).toEqual(PUBLISHING)
  const version = await versionOf('publish')
  expect(isFirst ? version : '0.1.0').toBe('0.1.0')
  for (const { name } of packages) {
    const { 'dist-tags': tags, versions } = await packument(name)
    expect(tags.latest).toBe(version)
    const ranges = Object.entries({ ...versions[version]?.dependencies })
    for (const [dependency, range] of ranges.filter(([each]) => each.startsWith('@apikley/'))) {
      expect(`${dependency} ${range}`).toBe(`${dependency} ^${version}`)
    }
    // A dry run in another folder has packed the same bytes.
    const published = await fetch(versions[version]?.dist.tarball ?? '')
    const file = `${name.slice(1).replace('/', '-')}-${version}.tgz`
    const packed = await readFile(join(github.folder, 'check/release', file))
    expect(packed.equals(new Uint8Array(await published.arrayBuffer()))).toBe(true)
  }
  expect((await github.calls()).at(-1)).toBe(
    `release create v${version} --target main --title v${version} --notes-file`,
  )
  const notes = await github.body()
  expect(notes.split('A rehearsal.')).toHaveLength(2)
  expect(notes).not.toContain('Updated dependencies')
})

test('a repeated push publishes nothing', async () => {
  expect(await runner.push()).toEqual(['check', 'pack'])
})

test('the next changeset makes a second release', async () => {
  await runner.merge('.changeset/second.md', changeset('A second rehearsal.'))
  expect(await runner.push()).toEqual(['check', 'version'])
  expect(await runner.push()).toEqual(PUBLISHING)
  const version = await versionOf('publish')
  expect(isFirst ? version : '0.2.0').toBe('0.2.0')
  expect((await packument('@apikley/client'))['dist-tags'].latest).toBe(version)
  expect(await github.body()).not.toContain('A rehearsal.')
})

const changelogOf = (name: string): string => `packages/${name.split('/')[1]}/CHANGELOG.md`

async function versionOf(job: string): Promise<string> {
  const [published] = await publishedPackages(join(github.folder, job))
  return published?.manifest.version ?? ''
}

async function packument(name: string): Promise<Packument> {
  const response = await fetch(new URL(name, registry.url))
  expect(response.status).toBe(200)
  return JSON.parse(await response.text())
}

import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pack, pnpm, publishedPackages, repository } from '../../release/packages.ts'
import { startRegistry, type Registry } from './registry.ts'
import { run } from '../../run.ts'
import { createStandIn, type StandIn } from '../workflows/stand-in.ts'
import { filesBelow } from '../packages/application.ts'

type Packument = {
  'dist-tags': Record<string, string>
  versions: Record<string, { dependencies?: Record<string, string>; dist: { tarball: string } }>
}

let folder: string
let registry: Registry
let clone: string
let version: string
let packed: string
let github: StandIn
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-rehearsal-'))
  packed = join(folder, 'packed-once')
  registry = await startRegistry()
  github = await createStandIn()
  clone = await cloneAndInstall(repository, 'clone')
  const args = ['exec', 'changeset', 'add', '--minor', '@apikley/client', '-m', 'A rehearsal.']
  await run(pnpm, args, { cwd: clone })
  await run(pnpm, ['run', 'release:version'], { cwd: clone })
  await git('add', '--all', '--', ':!.npmrc')
  await git('commit', '--quiet', '--message', 'Release the next version')
  version = (await publishedPackages(clone))[0]?.manifest.version ?? ''
  await run(pnpm, ['run', 'build'], { cwd: clone })
  await script('pack.ts', packed)
  await publish()
}, 600_000)
afterAll(async () => {
  await registry.stop()
  await rm(github.folder, { recursive: true })
  await rm(folder, { recursive: true, force: true })
})

test('every package is published as latest, with one version, and asks for the others by it', async () => {
  const packages = await publishedPackages(clone)
  for (const { name } of packages) {
    const { 'dist-tags': tags, versions } = await packument(name)
    expect(tags.latest).toBe(version)
    const ranges = Object.entries({ ...versions[version]?.dependencies })
    for (const [dependency, range] of ranges.filter(([each]) => each.startsWith('@apikley/'))) {
      expect(`${dependency} ${range}`).toBe(`${dependency} ^${version}`)
    }
  }
})

const [current] = await publishedPackages()
test.runIf(current?.manifest.version === '0.0.0')('the first release is 0.1.0', async () => {
  expect(version).toBe('0.1.0')
  const changelogs = await Promise.all(
    (await publishedPackages(clone)).map(({ folder: each }) =>
      readFile(join(each, 'CHANGELOG.md'), 'utf8'),
    ),
  )
  expect(changelogs.filter((text) => text.includes('First release'))).toHaveLength(1)
})

test('a second run publishes nothing, and the version gets a tag with the notes', async () => {
  await publish()
  await script('pack.ts', join(folder, 'packed-again'))
  expect(await readFile(join(folder, 'packed-again/plan.json'), 'utf8')).toBe('[]')
  await script('announce.ts')
  expect(await github.calls()).toContain(
    `release create v${version} --target main --title v${version} --notes-file`,
  )
  const notes = await github.body()
  expect(notes.split('A rehearsal.')).toHaveLength(2)
  expect(notes).not.toContain('Updated dependencies')
})

test('the changelog names the change, and the changeset is gone', async () => {
  const changelog = await readFile(join(clone, 'packages/client/CHANGELOG.md'), 'utf8')
  expect(changelog).toContain(`## ${version}\n`)
  expect(changelog).toContain('A rehearsal.')
  const left = await readdir(join(clone, '.changeset'))
  expect(left.filter((file) => file.endsWith('.md'))).toEqual([])
})

test('a second build in another folder gives the same files', async () => {
  const other = await cloneAndInstall(clone, 'elsewhere/clone-of-the-clone')
  await run(pnpm, ['run', 'build'], { cwd: other })
  for (const published of await publishedPackages(other)) {
    const { versions } = await packument(published.name)
    const response = await fetch(versions[version]?.dist.tarball ?? '')
    const target = join(folder, 'packed', published.name)
    await mkdir(target, { recursive: true })
    const released = join(target, 'released.tgz')
    await writeFile(released, new Uint8Array(await response.arrayBuffer()))
    const { filename: rebuilt } = await pack(published, target)
    expect(await hashes(rebuilt)).toEqual(await hashes(released))
  }
})

/** Provenance needs the identity of a workflow. */
async function publish(): Promise<void> {
  await script('publish.ts', packed, '--provenance=false')
}

async function script(name: string, ...args: string[]): Promise<void> {
  const file = join(clone, 'scripts/release', name)
  await run(process.execPath, [file, ...args], { cwd: clone, env: github.env })
}

async function git(...args: string[]): Promise<string> {
  return run('git', args, { cwd: clone })
}

/** A clone that publishes to the registry of the rehearsal. */
async function cloneAndInstall(source: string, name: string): Promise<string> {
  const cwd = join(folder, name)
  await run('git', ['clone', '--quiet', '--no-hardlinks', source, cwd])
  const identity = '[user]\nname = Rehearsal\nemail = rehearsal@localhost\n'
  await appendFile(join(cwd, '.git/config'), identity)
  await writeFile(join(cwd, '.npmrc'), registry.npmrc)
  const install = ['install', '--frozen-lockfile', '--prefer-offline']
  await run(pnpm, install, { cwd, env: { CI: 'true' } })
  return cwd
}

async function packument(name: string): Promise<Packument> {
  const response = await fetch(new URL(name, registry.url))
  expect(response.status).toBe(200)
  return JSON.parse(await response.text())
}

/** The hash of each file in a tarball, by path. */
async function hashes(tarball: string): Promise<Record<string, string>> {
  const unpacked = await mkdtemp(join(folder, 'unpacked-'))
  await run('tar', ['-xzf', tarball, '-C', unpacked])
  const entries = (await filesBelow(unpacked)).map(async (file) => [
    relative(unpacked, file),
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ])
  return Object.fromEntries(await Promise.all(entries))
}

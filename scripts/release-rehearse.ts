// `pnpm release:rehearse`: two releases, with the commands of a real one, from a copy of the last
// commit to a registry on this machine. The first takes the changesets that are pending, the second
// one that is added here.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { execute } from './matrix/process.ts'
import { filesBelow, pack } from './packages/pack.ts'
import { publishedPackages, type Manifest } from './packages/manifest.ts'
import { startRegistry } from './packages/registry.ts'
import { repository } from './scratch.ts'

const pnpm = join(repository, 'node_modules/.bin/pnpm')
const sentence = 'A change that is only rehearsed.'
const outcomes: { promise: string; kept: boolean }[] = []

if ((await execute('git', ['status', '--porcelain'], { cwd: repository })) !== '') {
  console.log(
    'There are changes that are not committed. The rehearsal takes the last commit, without them.\n',
  )
}

const folder = await mkdtemp(join(tmpdir(), 'apikley-rehearsal-'))
const registry = await startRegistry()
try {
  const copy = await clone(repository, join(folder, 'copy'))

  console.log('Releasing what is pending')
  const first = await version(copy)
  await release(copy)
  const names = (await publishedPackages(copy)).map(({ name }) => name)
  await each(
    names,
    `is published as latest, ${first}`,
    async (name) => (await packument(name))['dist-tags'].latest === first,
  )

  console.log('Releasing a changeset more')
  await execute(pnpm, ['exec', 'changeset', 'add', '--minor', '@apikley/client', '-m', sentence], {
    cwd: copy,
  })
  const second = await version(copy)
  check(`${second} comes after ${first}, as a minor version`, second === minorAfter(first))
  const changelog = await readFile(join(copy, 'packages/client/CHANGELOG.md'), 'utf8')
  check(
    'the changelog has the change below its version',
    changelog.includes(`## ${second}\n`) && changelog.includes(sentence),
  )
  await release(copy)
  await each(names, `moved latest to ${second}, and kept ${first}`, async (name) => {
    const { 'dist-tags': tags, versions } = await packument(name)
    return tags.latest === second && first in versions
  })
  await each(names, `asks for the others as ^${second}`, async (name) => {
    const { dependencies, peerDependencies } = (await packument(name)).versions[second] ?? {}
    const ranges = Object.entries({ ...dependencies, ...peerDependencies }).filter(([dependency]) =>
      names.includes(dependency),
    )
    return ranges.every(([, range]) => range === `^${second}`)
  })
  const tags = (await execute('git', ['tag', '--points-at', 'HEAD'], { cwd: copy })).split('\n')
  check(
    'each release is tagged',
    names.every((name) => tags.includes(`${name}@${second}`)),
  )

  console.log('Releasing again')
  const before = await Promise.all(names.map(packument))
  await release(copy)
  check(
    'a second run publishes nothing',
    JSON.stringify(before) === JSON.stringify(await Promise.all(names.map(packument))),
  )

  console.log('Building the same commit in another folder')
  const other = await clone(copy, join(folder, 'elsewhere', 'copy-of-the-copy'))
  await execute(pnpm, ['run', 'build'], { cwd: other })
  for (const published of await publishedPackages(other)) {
    const [released, rebuilt] = [
      join(folder, 'released', published.name),
      join(folder, 'rebuilt', published.name),
    ]
    await mkdir(rebuilt, { recursive: true })
    const [one, two] = [
      await contents(
        await download(published.name, published.manifest.version, released),
        released,
      ),
      await contents(await pack(published, rebuilt), rebuilt),
    ]
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md'].filter(
      (file) => !one.has(`package/${file}`),
    )
    check(
      `${published.name}: its changelog, licence and readme are in it${papers.map((file) => `\n  missing: ${file}`).join('')}`,
      papers.length === 0,
    )
    const differing = [...new Set([...one.keys(), ...two.keys()])].filter(
      (file) => one.get(file) !== two.get(file),
    )
    check(
      `${published.name}: ${one.size} files, the same from two builds${differing.map((file) => `\n  differs: ${file}`).join('')}`,
      differing.length === 0,
    )
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  check('the rehearsal came to its end', false)
} finally {
  await registry.stop()
  await rm(folder, { recursive: true, force: true })
}

const [kept, broken] = [
  outcomes.filter((outcome) => outcome.kept).length,
  outcomes.filter((outcome) => !outcome.kept).length,
]
await mkdir(join(repository, 'scripts/reports'), { recursive: true })
const report = { numPassedTests: kept, numFailedTests: broken, numPendingTests: 0, outcomes }
await writeFile(
  join(repository, 'scripts/reports/release.json'),
  `${JSON.stringify(report, undefined, 2)}\n`,
)
console.log(`\n${kept} promises of a release kept, ${broken} broken. Nothing left this machine.`)
if (broken > 0) {
  process.exitCode = 1
}

function check(promise: string, kept: boolean): void {
  outcomes.push({ promise, kept })
  console.log(`  ${kept ? 'ok    ' : 'BROKEN'} ${promise}`)
}

async function each(
  names: string[],
  promise: string,
  keeps: (name: string) => Promise<boolean>,
): Promise<void> {
  for (const name of names) {
    check(`${name} ${promise}`, await keeps(name))
  }
}

/** A clone with everything installed, that publishes to the registry of the rehearsal. */
async function clone(source: string, target: string): Promise<string> {
  await execute('git', ['clone', '--quiet', '--no-hardlinks', source, target], { cwd: folder })
  // Commits and tags bear a name, whether the machine has one or not.
  for (const [key, value] of Object.entries({
    'user.name': 'Rehearsal',
    'user.email': 'rehearsal@localhost',
  })) {
    await execute('git', ['config', key, value], { cwd: target })
  }
  await writeFile(join(target, '.npmrc'), registry.npmrc)
  await execute(pnpm, ['install', '--frozen-lockfile', '--prefer-offline'], {
    cwd: target,
    env: { CI: 'true' },
  })
  return target
}

/** What `release.yml` does to make the next version, committed. */
async function version(cwd: string): Promise<string> {
  // Without a changeset there is a version already that waits to be published.
  const pending = (await readdir(join(cwd, '.changeset'))).some((file) => file.endsWith('.md'))
  if (pending) {
    await execute(pnpm, ['exec', 'changeset', 'version'], { cwd })
  }
  await execute('git', ['add', '--all', '--', ':!.npmrc'], { cwd })
  await execute(
    'git',
    ['commit', '--quiet', '--allow-empty', '--message', 'Release the next version'],
    { cwd },
  )
  const versions = new Set((await publishedPackages(cwd)).map(({ manifest }) => manifest.version))
  check(`all packages have one version: ${[...versions].join(', ')}`, versions.size === 1)
  return [...versions][0] ?? ''
}

/**
 * What `release.yml` does to publish. Provenance is the identity of a workflow, which there is none
 * of here.
 */
function release(cwd: string): Promise<string> {
  return execute(pnpm, ['run', 'release'], {
    cwd,
    env: { CI: 'true', PNPM_CONFIG_PROVENANCE: 'false' },
  })
}

type Packument = {
  'dist-tags': Record<string, string>
  versions: Record<string, Manifest & { dist: { tarball: string } }>
}

async function packument(name: string): Promise<Packument> {
  const answer = await fetch(new URL(name, registry.url))
  if (!answer.ok) {
    throw new Error(`The registry has no ${name}: ${answer.status}`)
  }
  const { 'dist-tags': tags, versions }: Packument = JSON.parse(await answer.text())
  return { 'dist-tags': tags, versions }
}

async function download(name: string, version: string, target: string): Promise<string> {
  await mkdir(target, { recursive: true })
  const tarball = (await packument(name)).versions[version]?.dist.tarball
  if (tarball === undefined) {
    throw new Error(`The registry has no ${name}@${version}`)
  }
  const file = join(target, 'released.tgz')
  await writeFile(file, new Uint8Array(await (await fetch(tarball)).arrayBuffer()))
  return file
}

/** The hash of each file in a tarball. */
async function contents(tarball: string, target: string): Promise<Map<string, string>> {
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', target])
  const files = await filesBelow(join(target, 'package'))
  const hashes = files.map(
    async (file) =>
      [
        relative(target, file),
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      ] as const,
  )
  return new Map(await Promise.all(hashes))
}

function minorAfter(version: string): string {
  const [major, minor] = version.split('.').map(Number)
  return `${major}.${(minor ?? 0) + 1}.0`
}

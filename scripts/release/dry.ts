// `pnpm release:dry [--out FOLDER]`: versions, builds and packs the last commit in a clone, and
// lists the files of each package. Publishes nothing.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { pnpm, publishedPackages, repository } from './packages.ts'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } })
const out = resolve(repository, values.out)
const clone = await mkdtemp(join(tmpdir(), 'apikley-release-'))
const packed = join(clone, 'release')

try {
  if ((await run('git', ['status', '--porcelain'], repository)) !== '') {
    console.log('Uncommitted changes are not included: the release is made from the last commit.\n')
  }
  await run('git', ['clone', '--quiet', '--no-hardlinks', repository, clone], repository)
  console.log('Installing')
  await run(pnpm, ['install', '--frozen-lockfile', '--prefer-offline'])
  console.log('Versioning')
  await run(pnpm, ['exec', 'changeset', 'version'])
  console.log('Building')
  await run(pnpm, ['run', 'build'])
  await mkdir(packed)
  for (const { folder, manifest } of await publishedPackages(clone)) {
    const listing = await run(pnpm, ['pack', '--json', '--pack-destination', packed], folder)
    const { filename, files }: { filename: string; files: { path: string }[] } = JSON.parse(listing)
    const { length } = await readFile(filename)
    const target = relative(repository, join(out, basename(filename)))
    console.log(
      `\n${manifest.name}@${manifest.version}  ${files.length} files, ${(length / 1000).toFixed(1)} kB packed  ${target}`,
    )
    console.log(files.map(({ path }) => `  ${path}`).join('\n'))
  }
  // The earlier output is replaced only now, when all packages are complete.
  await rm(out, { recursive: true, force: true })
  await cp(packed, out, { recursive: true })
  console.log('\nNothing was published.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await rm(clone, { recursive: true, force: true })
}

async function run(command: string, args: string[], cwd: string = clone): Promise<string> {
  try {
    const env = { ...process.env, CI: 'true' }
    return (await promisify(execFile)(command, args, { cwd, env, maxBuffer: 2 ** 26 })).stdout
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? error.stdout : ''
    throw new Error(`${basename(command)} ${args.join(' ')} failed:\n${output}\n${String(error)}`, {
      cause: error,
    })
  }
}

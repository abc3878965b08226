// `pnpm release:dry [--out FOLDER]`: versions, builds and packs the last commit in a clone, and
// lists the files of each package. Publishes nothing.
import { cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from '../run.ts'
import { pack, pnpm, publishedPackages, repository } from './packages.ts'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } })
const out = resolve(repository, values.out)
const clone = await mkdtemp(join(tmpdir(), 'apikley-release-'))
const packed = join(clone, 'release')

const inClone = { cwd: clone, env: { CI: 'true' } }

try {
  if ((await run('git', ['status', '--porcelain'], { cwd: repository })) !== '') {
    console.log('Uncommitted changes are not included: the release is made from the last commit.\n')
  }
  await run('git', ['clone', '--quiet', '--no-hardlinks', repository, clone])
  console.log('Installing')
  await run(pnpm, ['install', '--frozen-lockfile', '--prefer-offline'], inClone)
  console.log('Versioning')
  await run(pnpm, ['run', 'release:version'], inClone)
  console.log('Building')
  await run(pnpm, ['run', 'build'], inClone)
  await mkdir(packed)
  for (const published of await publishedPackages(clone)) {
    const { name, manifest } = published
    const { filename, files } = await pack(published, packed)
    const kB = ((await stat(filename)).size / 1000).toFixed(1)
    const target = relative(repository, join(out, basename(filename)))
    console.log(`\n${name}@${manifest.version}  ${files.length} files, ${kB} kB packed  ${target}`)
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

// `pnpm release:dry [--out FOLDER]`: versions, builds and packs the last commit in a clone, and
// lists the files of each package. Publishes nothing.
import { cp, mkdir, mkdtempDisposable, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from '../run.ts'
import { pack, pnpm, publishedPackages, repository } from './packages.ts'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } })
const out = resolve(repository, values.out)
await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-release-'))
const [clone, packed] = [join(folder.path, 'clone'), join(folder.path, 'packed')]

if ((await run('git', ['status', '--porcelain'], { cwd: repository })) !== '') {
  console.log('Uncommitted changes are not included: the release is made from the last commit.\n')
}
await run('git', ['clone', '--quiet', '--no-hardlinks', repository, clone])
const install = ['install', '--frozen-lockfile', '--prefer-offline']
for (const args of [install, ['run', 'release:version'], ['run', 'build']]) {
  console.log(`pnpm ${args.join(' ')}`)
  await run(pnpm, args, { cwd: clone, env: { CI: 'true' } })
}
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

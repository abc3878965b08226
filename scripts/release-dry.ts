// `pnpm release:dry`: versions, builds and packs the last commit in a copy of the repository, and
// lists what would be published. Publishes nothing.
import { execFile, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } })
const out = resolve(root, values.out)

const { stdout: changes } = await run('git', ['status', '--porcelain'], { cwd: root })
if (changes) {
  console.log(
    'There are changes that are not committed. The release would be made from the last commit, without them.\n',
  )
}

const copy = await mkdtemp(join(tmpdir(), 'apikley-release-'))
const packed = join(copy, 'release')
const pnpm = join(root, 'node_modules/.bin/pnpm')
try {
  await run('git', ['clone', '--quiet', '--no-hardlinks', root, copy])
  step('Installing', [pnpm, 'install', '--frozen-lockfile', '--prefer-offline'])
  const pending = (await readdir(join(copy, '.changeset'))).filter((file) => file.endsWith('.md'))
  step(`Versioning (${pending.length} changesets)`, [pnpm, 'exec', 'changeset', 'version'])
  step('Building', [pnpm, 'run', 'build'])

  await mkdir(packed)
  console.log('Packing')
  for (const folder of (await readdir(join(copy, 'packages'))).toSorted()) {
    const directory = join(copy, 'packages', folder)
    const manifest: {
      name: string
      version: string
      private?: boolean
      peerDependencies?: object
    } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    if (manifest.private) {
      continue
    }
    const { stdout } = await run(pnpm, ['pack', '--json', '--pack-destination', packed], {
      cwd: directory,
    })
    const { filename, files }: { filename: string; files: { path: string }[] } = JSON.parse(stdout)
    const { length } = await readFile(filename)
    console.log(
      `\n${manifest.name}@${manifest.version}  ${files.length} files, ${(length / 1000).toFixed(1)} kB packed  ${relative(root, join(out, basename(filename)))}`,
    )
    for (const { path } of files) {
      console.log(`  ${path}`)
    }
  }
  // Only what is whole takes the place of what was made before.
  await rm(out, { recursive: true, force: true })
  await cp(packed, out, { recursive: true })
  console.log('\nNothing was published.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await rm(copy, { recursive: true, force: true })
}

function step(name: string, [command = '', ...args]: string[]): void {
  console.log(name)
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, CI: 'true' },
  })
  if (status === 0) {
    return
  }
  console.error(stdout, stderr)
  throw new Error(
    `${name} failed with exit code ${status}; its output is above. What was packed before is still there.`,
  )
}

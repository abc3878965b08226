import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { isNightly } from 'test-kit/nightly'
import { expect, test } from 'vitest'
import { pack, pnpm, publishedPackages, repository } from '../../release/packages.ts'
import { run } from '../../run.ts'
import { filesBelow } from '../packages/application.ts'

test.skipIf(!isNightly)('a renamed scope leaves no old name in the packed packages', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-scope-'))
  const [cwd, packed] = [join(folder.path, 'clone'), join(folder.path, 'packed')]
  const env = { CI: 'true' }
  await run('git', ['clone', '--quiet', '--no-hardlinks', repository, cwd])
  await run(pnpm, ['install', '--frozen-lockfile', '--prefer-offline'], { cwd, env })
  await run(pnpm, ['rename-scope', '@my-own.scope', 'someone/fork'], { cwd, env })
  // Its last step generates. The linters want the build.
  const output = await run('turbo', ['run', 'build', 'lint'], { cwd, env }).catch(String)
  expect(output).toMatch(/Tasks: +(\d+) successful, \1 total/)

  const found: string[] = []
  const packages = await publishedPackages(cwd)
  for (const published of packages) {
    const { filename } = await pack(published, packed)
    await run('tar', ['-xzf', filename, '-C', packed])
    for (const file of await filesBelow(join(packed, 'package'))) {
      const text = await readFile(file, 'utf8')
      if (/@apikley(?!\.ru)|apikley\/apikley/.test(text)) {
        found.push(`${published.name}: ${relative(packed, file)}`)
      }
    }
    await run('rm', ['-r', join(packed, 'package')])
  }
  expect(found).toEqual([])
  expect(packages.map(({ name }) => name)).toContain('@my-own.scope/client')
})

test.each([['apikley'], ['@A'], ['@a/b'], ['@a', 'not-a-repository']])(
  '%s is refused',
  async (...args) => {
    const file = join(repository, 'scripts/rename-scope.ts')
    await expect(run(process.execPath, [file, ...args])).rejects.toThrow('Usage')
  },
)

// `pnpm rename-scope @SCOPE [OWNER/REPOSITORY]`: publishes under another scope of npm, from another
// repository on GitHub. Nothing else sets either of them.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pnpm, publishedPackages, readManifest, repository } from './release/packages.ts'
import { run } from './run.ts'

const [scope = '', name] = process.argv.slice(2)
const current = (await publishedPackages())[0]?.name.split('/')[0] ?? ''
const url = (await readManifest(repository)).repository?.url ?? ''
const [host = ''] = /github\.com\/[\w.-]+\/[\w-]+/.exec(url) ?? []
const newHost = name === undefined ? host : `github.com/${name}`

if (!/^@[a-z\d][a-z\d._-]*$/.test(scope) || (name && !/^[\w.-]+\/[\w.-]+$/.test(name))) {
  console.error('Usage: pnpm rename-scope @SCOPE [OWNER/REPOSITORY]')
  process.exitCode = 1
} else {
  // The name of a mail server is not the scope.
  const pattern = new RegExp(`(?<!\\w)${current}(?![\\w.-])`, 'g')
  // Published documents stay byte for byte.
  const files = await run('git', ['ls-files', '-z', '--', ':!specs/upstream'], { cwd: repository })
  for (const file of files.split('\0').filter(Boolean)) {
    const path = join(repository, file)
    const text = await readFile(path, 'utf8')
    const renamed = text.replaceAll(pattern, scope).replaceAll(host, newHost)
    if (renamed !== text && !text.includes('\0')) {
      await writeFile(path, renamed)
    }
  }
  for (const step of [['install', '--no-frozen-lockfile'], ['format'], ['generate']]) {
    await run(pnpm, step, { cwd: repository })
  }
  console.log(`The packages are now named ${scope}/…. Review the change and run \`pnpm test\`.`)
}

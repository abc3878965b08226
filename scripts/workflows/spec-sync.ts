// `pnpm spec:pull-request [SOURCE…]`: updates the published documents and puts the change up for
// review. Exit code: 0, or 1 when a source failed and the rest is done, or 2 when nothing is done.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { repository } from '../release/packages.ts'
import { openPullRequest } from './pull-request.ts'

const command = join(repository, 'scripts/spec/main.ts')
const update = async (): Promise<number> => {
  const args = [command, 'update', ...process.argv.slice(2)]
  return spawnSync(process.execPath, args, { cwd: repository, stdio: 'inherit' }).status ?? 2
}

process.exitCode = await openPullRequest(repository, update, console.log)

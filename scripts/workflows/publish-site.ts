// `node scripts/workflows/publish-site.ts FOLDER`: pushes a built site to the branch that GitHub
// Pages serves. It needs no installation: the job that may push runs nothing but this.
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { repository } from '../release/packages.ts'
import { toGit } from './github.ts'

const BRANCH = 'refs/heads/gh-pages'
const [path = 'site'] = process.argv.slice(2)
const folder = resolve(path)
const directory = await toGit(repository)('rev-parse', '--absolute-git-dir')
const git = toGit(folder, {
  GIT_DIR: directory,
  GIT_WORK_TREE: folder,
  GIT_INDEX_FILE: join(directory, 'site-index'),
})

// Without this file GitHub leaves out files whose name begins with an underscore.
await writeFile(join(folder, '.nojekyll'), '')
await git('read-tree', '--empty')
await git('add', '--all', '--force')
const tree = await git('write-tree')
const isThere = (await git('ls-remote', 'origin', BRANCH)) !== ''
if (isThere) {
  await git('fetch', '--quiet', '--depth=1', 'origin', BRANCH)
}
const parent = isThere ? ['-p', 'FETCH_HEAD'] : []
const commit = await git('commit-tree', tree, ...parent, '-m', 'Build the site')
await git('push', '--quiet', 'origin', `${commit}:${BRANCH}`)
console.log(`The site is pushed: ${commit}`)

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../spec/compile/shape.ts'
import { gh, ghWithBody, toBody, toGit, toLink } from './github.ts'

const PREFIX = 'spec-sync'
const TITLE = 'Follow the published documents'
/** The lock has the day in it. A day alone is not a change. */
const ALL_BUT_LOCK = ['--', '.', ':!specs/upstream/lock.json']

type PullRequest = {
  number: number
  headRefName: string
  isCrossRepository: boolean
  state: 'OPEN' | 'CLOSED' | 'MERGED'
}

/**
 * Runs an update and puts its change up for review in one pull request.
 *
 * - With an open pull request the update runs on the files of its branch, compares with the commit
 *   of main that the branch has, and adds a commit. Commits of reviewers stay: nothing is forced.
 * - Main is not merged into the branch. GitHub refuses such a push when main has changed a workflow.
 * - A change that is under review, or that a reviewer has closed, is not reported again.
 *
 * @param root a checkout of main with its history, whose remote is `origin`
 * @param update changes files and returns its exit code; above 1 means that nothing is done
 * @returns the exit code of the update
 */
export async function openPullRequest(
  root: string,
  update: () => Promise<number>,
  log: (line: string) => void,
): Promise<number> {
  const git = toGit(root)
  const open = await findOpen(root)
  const tip = await checkOut(root, open?.headRefName)
  const base = await git('merge-base', 'HEAD', tip)
  await git('reset', '--quiet', '--soft', base)
  const status = await update()
  if (status > 1) {
    return status
  }
  await git('add', '--all')
  if ((await git('diff', '--cached', '--name-only', tip, ...ALL_BUT_LOCK)) === '') {
    log(open ? `Pull request ${open.number} says the same.` : 'Nothing has changed.')
    return status
  }
  const commit = await git('commit-tree', await git('write-tree'), '-p', tip, '-m', TITLE)
  const branch = open?.headRefName ?? (await nameOf(root, base))
  const body = await bodyOf(root, branch, base)
  const closed = open ? undefined : await findClosed(root, branch)
  if (closed) {
    log(`Pull request ${closed.number} says the same, and was closed. Reopen it to follow.`)
    return status
  }
  // Without a pull request, the branch has the same change: an earlier run failed after its push.
  if (open || (await git('ls-remote', 'origin', `refs/heads/${branch}`)) === '') {
    await git('push', '--quiet', 'origin', `${commit}:refs/heads/${branch}`)
  }
  const command = open
    ? ['edit', String(open.number)]
    : ['create', '--head', branch, '--base', 'main', '--title', TITLE]
  log((await ghWithBody(root, body, 'pr', ...command, '--body-file')).trim())
  // A push with the token of a workflow starts no checks.
  await gh(root, 'workflow', 'run', 'ci.yml', '--ref', branch)
  return status
}

async function pullRequests(
  root: string,
  state: string,
  ...filter: string[]
): Promise<PullRequest[]> {
  const fields = 'number,headRefName,isCrossRepository,state'
  const args = ['--base', 'main', '--state', state, '--limit', '500', '--json', fields]
  const found: PullRequest[] = JSON.parse(await gh(root, 'pr', 'list', ...filter, ...args))
  // A fork may use any name for its branch.
  return found.filter(({ isCrossRepository }) => !isCrossRepository)
}

/** The newest open pull request of this workflow. */
async function findOpen(root: string): Promise<PullRequest | undefined> {
  const open = await pullRequests(root, 'open')
  return open
    .filter(({ headRefName }) => headRefName.startsWith(PREFIX))
    .toSorted((one, other) => other.number - one.number)[0]
}

/** A pull request of a reviewer who does not want the change. */
async function findClosed(root: string, branch: string): Promise<PullRequest | undefined> {
  const pulls = await pullRequests(root, 'closed', '--head', branch)
  return pulls.find(({ state }) => state === 'CLOSED')
}

/** Puts the files of a branch into the work tree, and returns its commit. HEAD stays on main. */
async function checkOut(root: string, branch: string | undefined): Promise<string> {
  const git = toGit(root)
  const ref = `refs/heads/${branch}`
  if (branch === undefined || (await git('ls-remote', 'origin', ref)) === '') {
    return git('rev-parse', 'HEAD')
  }
  await git('fetch', '--quiet', 'origin', ref)
  await git('read-tree', '--reset', '-u', 'FETCH_HEAD')
  return git('rev-parse', 'FETCH_HEAD')
}

/** The branch of a change. The same files with the same contents give the same name. */
async function nameOf(root: string, base: string): Promise<string> {
  const args = ['diff', '--cached', '--raw', '--no-renames', '--no-abbrev', base, ...ALL_BUT_LOCK]
  const contents = (await toGit(root)(...args)).replaceAll(/^:\d+ \d+ [0-9a-f]+ /gm, '')
  return `${PREFIX}-${sha256(contents).slice(0, 12)}`
}

/** The texts of the changesets that the branch adds. */
async function bodyOf(root: string, branch: string, base: string): Promise<string> {
  const args = ['diff', '--cached', '--name-only', '--diff-filter=AM', base, '--', '.changeset']
  const files = (await toGit(root)(...args)).split('\n').filter(Boolean)
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))
  const text = texts.map((each) => each.replace(/^---\n[^]*?\n---\n+/, '')).join('\n')
  return toBody(text || 'No change for users of the packages.', toLink(branch, files[0] ?? ''))
}

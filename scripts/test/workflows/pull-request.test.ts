import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../../run.ts'
import { openPullRequest } from '../../workflows/pull-request.ts'
import { createStandIn, type PullRequest, type StandIn } from './stand-in.ts'

let github: StandIn
let lines: string[]
let runs = 0
beforeEach(async () => {
  github = await createStandIn()
  vi.stubEnv('PATH', github.env.PATH)
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com')
  vi.stubEnv('GITHUB_REPOSITORY', 'apikley/apikley')
  const first = await clone()
  await writeFile(join(first, 'workflow.yml'), 'first')
  await commit(first, 'First')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(github.folder, { recursive: true })
})

const change = {
  'specs/a.yaml': 'a',
  '.changeset/spec-1.md': "---\n'x': minor\n---\n\nA is new.\n",
}
const other = { 'specs/b.yaml': 'b', '.changeset/spec-1.md': "---\n'x': minor\n---\n\nB is new.\n" }

test('the first change opens a pull request, and the next day says nothing', async () => {
  expect(await update(change)).toBe(0)
  const [{ headRefName: branch = '' } = {}] = await github.pulls()
  expect(await github.calls()).toEqual([
    `pr create --head ${branch} --base main --title Follow the published documents --body-file`,
    `workflow run ci.yml --ref ${branch}`,
  ])
  expect(await github.body()).toBe('A is new.\n')
  // The day in the lock is not a change.
  expect(await update({ ...change, 'specs/upstream/lock.json': 'tomorrow' })).toBe(0)
  expect(lines).toEqual(['Pull request 1 says the same.'])
  expect(await github.calls()).toEqual([])
  expect(await log(branch)).toEqual(['Follow the published documents', 'First'])
})

test('another change is added on top of the commits of reviewers, while main moves on', async () => {
  await update(change)
  const branch = await onlyBranch()
  await review(branch, 'specs/overlay.yaml')
  await review('main', 'workflow.yml')
  await github.calls()
  expect(await update({ ...change, ...other })).toBe(0)
  expect(await log(branch)).toEqual([
    'Follow the published documents',
    'A review of specs/overlay.yaml',
    'Follow the published documents',
    'First',
  ])
  expect(await github.calls()).toEqual([
    'pr edit 1 --body-file',
    `workflow run ci.yml --ref ${branch}`,
  ])
  expect(await github.body()).toBe('B is new.\n')
  const files = await run('git', ['ls-tree', '-r', '--name-only', branch], { cwd: github.remote })
  expect(files).toContain('specs/overlay.yaml')
})

test('a commit that is pushed during the update is not overwritten', async () => {
  await update(change)
  const branch = await onlyBranch()
  const pushed = async (): Promise<void> => review(branch, 'late.yaml')
  await expect(update(other, pushed)).rejects.toThrow('failed to push')
  expect((await log(branch))[0]).toBe('A review of late.yaml')
})

test.each<[string, Partial<PullRequest> | undefined, boolean, string[]]>([
  ['a pull request that was closed is not opened again', { state: 'CLOSED' }, false, []],
  ['a change that was reverted is put up again', { state: 'MERGED' }, false, ['pr', 'workflow']],
  [
    'a branch with the same name in a fork is ignored',
    { isCrossRepository: true },
    false,
    ['pr', 'workflow'],
  ],
  ['a push without a pull request gets one', undefined, false, ['pr', 'workflow']],
  ['a branch that was deleted is pushed again', {}, true, ['pr', 'workflow']],
])('%s', async (_, state, isDeleted, expected) => {
  await update(change)
  const branch = await onlyBranch()
  const [pull] = await github.pulls()
  await github.setPulls(pull && state ? [{ ...pull, ...state }] : [])
  if (isDeleted) {
    await run('git', ['branch', '--quiet', '-D', branch], { cwd: github.remote })
  }
  await github.calls()
  expect(await update(change)).toBe(0)
  expect((await github.calls()).map((call) => call.split(' ')[0])).toEqual(expected)
  expect(await log(branch)).toHaveLength(2)
})

test.each([
  ['no change', {}, 0, 0, []],
  ['no change and a failed source', {}, 1, 1, []],
  ['a change and a failed source', change, 1, 1, ['pr', 'workflow']],
  ['an update that failed', change, 2, 2, []],
])('%s', async (_, files, status, expected, calls) => {
  expect(await update(files, async () => status)).toBe(expected)
  expect((await github.calls()).map((call) => call.split(' ')[0])).toEqual(calls)
})

/** Runs the job of a day in a new clone. The update writes the files. */
async function update(
  files: Record<string, string>,
  status: () => Promise<unknown> = async () => 0,
): Promise<number> {
  const job = await clone()
  lines = []
  const write = async (): Promise<number> => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(job, path)), { recursive: true })
      await writeFile(join(job, path), text)
    }
    return Number((await status()) ?? 0)
  }
  return openPullRequest(job, write, (line) => lines.push(line))
}

async function clone(branch?: string): Promise<string> {
  runs += 1
  const folder = join(github.folder, `clone-${runs}`)
  await mkdir(folder)
  const only = branch ? ['--branch', branch] : []
  await run('git', ['clone', '--quiet', ...only, github.remote, folder])
  return folder
}

async function commit(folder: string, message: string): Promise<void> {
  const identity = ['-c', 'user.name=Reviewer', '-c', 'user.email=reviewer@localhost']
  await run('git', ['add', '--all'], { cwd: folder })
  await run('git', [...identity, 'commit', '--quiet', '--message', message], { cwd: folder })
  await run('git', ['push', '--quiet', 'origin', 'HEAD'], { cwd: folder })
}

/** A reviewer pushes a change of one file. */
async function review(branch: string, file: string): Promise<void> {
  const folder = await clone(branch)
  await mkdir(dirname(join(folder, file)), { recursive: true })
  await writeFile(join(folder, file), 'reviewed')
  await commit(folder, `A review of ${file}`)
}

async function onlyBranch(): Promise<string> {
  const [{ headRefName = '' } = {}] = await github.pulls()
  return headRefName
}

async function log(branch: string): Promise<string[]> {
  const text = await run('git', ['log', '--format=%s', branch], { cwd: github.remote })
  return text.trim().split('\n')
}

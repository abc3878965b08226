import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isNightly } from 'test-kit/nightly'
import { expect, onTestFinished, test } from 'vitest'
import { repository } from '../../../release/packages.ts'
import { run } from '../../../run.ts'
import { withLock } from '../../../spec/sync/transaction.ts'
import { painter } from '../documents.ts'

const transaction = join(import.meta.dirname, '../../../spec/sync/transaction.ts')

/** A run that replaces 300 files by those of another version. */
const program = `
  const { commit, withLock } = await import(process.argv[1])
  const [root, version] = process.argv.slice(2)
  await withLock(root, async () => {
    console.log('started')
    const all = Array.from({ length: 300 }, (_, index) => 'd' + (index % 20) + '/' + index)
    commit(root, new Map(all.map((path, index) => [path, (index + Number(version)) % 2 ? version : undefined])))
  })
`

async function versionsIn(root: string): Promise<{ versions: string[]; files: number }> {
  const names = (await readdir(root, { recursive: true })).filter((name) =>
    /^d\d+\/\d+$/.test(name),
  )
  const texts = await Promise.all(names.map((name) => readFile(join(root, name), 'utf8')))
  return { versions: [...new Set(texts)], files: texts.length }
}

const MOMENTS = isNightly ? 50 : 15

test(`after a kill at any of ${MOMENTS} moments, all files have one version`, async () => {
  const root = await mkdtemp(join(tmpdir(), 'apikley-kill-'))
  const seen = new Set<string>()
  onTestFinished(() => rm(root, { recursive: true }))
  for (let round = 1; round <= MOMENTS; round++) {
    const args = ['--input-type=module', '-e', program, transaction, root, String(round)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(child, 'exit')
    await once(child.stdout, 'data')
    // Up to 250 ms, most of them short.
    await sleep(250 * (round / MOMENTS) ** 2)
    child.kill('SIGKILL')
    await exit
    await withLock(root, async () => {})
    const { versions, files } = await versionsIn(root)
    expect(versions.length).toBeLessThanOrEqual(1)
    expect([0, 150]).toContain(files)
    seen.add(versions.join(''))
  }
  // Some runs were killed before their change was final, and some after it.
  expect(seen.size).toBeGreaterThan(1)
  expect(seen.size).toBeLessThan(MOMENTS)
})

/** Two runs are killed while they write, and the others at moments that are spread over a run. */
const KILLS = isNightly ? 50 : 5

const TIMEOUT_MS = 120_000 + KILLS * 60_000

test(
  'after a kill of spec:update the next command finds all files of one version',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apikley-kill-'))
    const root = join(folder, 'clone')
    const git = async (...args: string[]): Promise<string> =>
      (await run('git', args, { cwd: root })).trim()
    /** One hash of all files. */
    const state = async (): Promise<string> => {
      await git('add', '--all')
      return git('write-tree')
    }
    try {
      await run('git', ['clone', '--quiet', repository, root])
      // Git ignores folders of this name, but not links.
      await writeFile(join(root, '.git/info/exclude'), 'node_modules')
      const packages = await readdir(join(repository, 'packages'))
      for (const path of ['.', 'scripts', ...packages.map((name) => `packages/${name}`)]) {
        await symlink(join(repository, path, 'node_modules'), join(root, path, 'node_modules'))
      }
      await writeFile(join(folder, 'painter.yaml'), painter)
      await mkdir(join(root, '.spec-update'), { recursive: true })
      const old = await state()
      const started = performance.now()
      await update(root, folder)
      const duration = performance.now() - started
      const complete = await state()
      expect(complete).not.toBe(old)
      for (let round = 0; round < KILLS; round++) {
        await git('reset', '--quiet', '--hard')
        const file = ['stage', 'forward'][round]
        const moment = (duration * (round + Math.random())) / KILLS
        await update(root, folder, file ?? moment)
        await withLock(root, async () => {})
        expect([old, complete]).toContain(await state())
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  },
  TIMEOUT_MS,
)

/** Runs `spec:update`, until a time in milliseconds or until it writes a file if one is passed. */
async function update(root: string, folder: string, until?: number | string): Promise<void> {
  const args = ['scripts/spec/main.ts', 'update', join(folder, 'painter.yaml')]
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' })
  const exit = once(child, 'exit')
  const kill = (): boolean => child.kill('SIGKILL')
  const timer = typeof until === 'number' ? setTimeout(kill, until) : undefined
  const watcher = watch(join(root, '.spec-update'), (_, name) => name === until && kill())
  await exit
  clearTimeout(timer)
  watcher.close()
}

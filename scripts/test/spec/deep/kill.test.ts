import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withLock } from '../../../spec/sync/transaction.ts'

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

test('after a kill at any of 50 moments, the next run finds all files of one version', async () => {
  const root = await mkdtemp(join(tmpdir(), 'apikley-kill-'))
  const seen = new Set<string>()
  try {
    for (let round = 1; round <= 50; round++) {
      const args = ['--input-type=module', '-e', program, transaction, root, String(round)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const exit = once(child, 'exit')
      await once(child.stdout, 'data')
      await sleep(round)
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
    expect(seen.size).toBeLessThan(50)
  } finally {
    await rm(root, { recursive: true })
  }
})

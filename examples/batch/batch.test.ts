import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createApikley } from '@apikley/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startService, type CountingService } from './counting-service.ts'
import { openJournal } from './journal.ts'
import { runBatch } from './run-batch.ts'

let folder: string
let service: CountingService

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-batch-'))
})
afterEach(async () => {
  await service.stop()
  await rm(folder, { recursive: true })
})

interface Run {
  readonly said: Promise<string>
  readonly exit: Promise<number | string>
  kill(signal: NodeJS.Signals): void
}

function start(...more: string[]): Run {
  const program = join(import.meta.dirname, 'batch.ts')
  const child = spawn(
    process.execPath,
    [program, '--folder', folder, '--base-url', service.url, ...more],
    {
      env: { ...process.env, APIKLEY_API_KEY: 'any-long-key-will-do' },
    },
  )
  const said = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(''))
  const exit = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? '')),
  )
  return { said, exit, kill: (signal) => child.kill(signal) }
}

async function addPictures(count: number): Promise<void> {
  for (let index = 1; index <= count; index++) {
    await writeFile(join(folder, `${index}.png`), `picture ${index}.`)
  }
}

interface Result {
  readonly picture: string
  readonly state: string
  readonly taskId?: string
}

const results = async (): Promise<Result[]> =>
  JSON.parse(await readFile(join(folder, 'batch.results.json'), 'utf8'))
const journal = (): Promise<string> =>
  readFile(join(folder, 'batch.journal'), 'utf8').catch(() => '')

/** How many tasks were bought for each picture. */
const perPicture = (): number[] => [...service.bought.values()].map((tasks) => tasks.length)

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    if (await condition()) {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('It did not come to that')
}

describe('a batch that is killed', () => {
  test('between create and first look: the next run collects every task and buys none again', async () => {
    await addPictures(5)
    service = await startService(500)
    const first = start()
    await until(async () => (await journal()).match(/"bought"/g)?.length === 5)
    first.kill('SIGKILL')
    expect(await first.exit).toBe('SIGKILL')
    expect(service.looks).toBe(0)
    const before = structuredClone(service.bought)

    const second = start()
    expect(await second.said).toContain('5 of 5 pictures are done')
    expect(await second.exit).toBe(0)
    expect(service.bought).toEqual(before)
    const ids = [...before.values()].flat()
    expect(
      (await results()).map(({ state, taskId }) => [state, ids.includes(taskId ?? '')]),
    ).toEqual(Array(5).fill(['succeeded', true]))

    expect(await start().exit).toBe(0)
    expect(service.bought).toEqual(before)
  })

  test('in the middle of it: what was bought is collected, what is in doubt is told and not sent again, and the rest is bought', async () => {
    await addPictures(8)
    let killed: Run | undefined
    service = await startService(500, (count) => {
      if (count !== 4 || service.mute) {
        return
      }
      // The task is bought, and its id is lost.
      service.mute = true
      killed?.kill('SIGKILL')
    })
    killed = start()
    expect(await killed.exit).toBe('SIGKILL')
    service.mute = false

    for (let round = 0; round < 2; round++) {
      const next = start()
      expect(await next.said).toMatch(/7 of 8 pictures are done[^]*not sent again: 4\.png/)
      expect(await next.exit).toBe(1)
      expect(perPicture()).toEqual(Array(8).fill(1))
    }
    expect((await results()).map(({ state }) => state)).toEqual([
      ...Array(3).fill('succeeded'),
      'attempted',
      ...Array(4).fill('succeeded'),
    ])
  })
})

test('Ctrl-C in the middle of a create leaves that one in doubt, and says how to go on', async () => {
  await addPictures(3)
  service = await startService(500, (count) => {
    if (count === 2) {
      service.mute = true
    }
  })
  const first = start()
  await until(() => service.mute)
  first.kill('SIGINT')
  const said = await first.said
  expect(said).toContain('not sent again: 2.png')
  expect(said).toContain('Interrupted. Run the same command again to go on.')
  expect(await first.exit).toBe(1)
  expect((await results()).map(({ state }) => state)).toEqual(['bought', 'attempted', 'new'])
  service.mute = false

  expect(await start().exit).toBe(1)
  expect(perPicture()).toEqual([1, 1, 1])
})

test('Ctrl-C while the id of a task is being written: the task stays bought, and is not bought again', async () => {
  await addPictures(1)
  service = await startService(0)
  const run = async (interrupts: boolean): Promise<unknown[]> => {
    const interrupted = new AbortController()
    const onEvent = ({ type }: { readonly type: string }): void => {
      if (interrupts && type === 'created') {
        interrupted.abort('interrupted')
      }
    }
    const apikley = createApikley({ apiKey: 'any-long-key-will-do', baseUrl: service.url, onEvent })
    const notes = await openJournal(join(folder, 'batch.journal'), 'batch')
    const batch = {
      apikley,
      journal: notes,
      folder,
      pictures: ['1.png'],
      signal: interrupted.signal,
    }
    const outcome = await runBatch({
      ...batch,
      size: 'square',
      onProgress: () => {},
    }).catch((reason: unknown) => reason)
    const { state } = notes.of('1.png')
    await notes.close()
    return [outcome, state]
  }
  expect(await run(true)).toEqual(['interrupted', 'bought'])
  expect(await run(false)).toEqual([new Map(), 'succeeded'])
  expect(perPicture()).toEqual([1])
})

test('a journal that another process holds, or that is of another batch, is refused', async () => {
  await addPictures(1)
  service = await startService(60_000)
  const first = start()
  await until(() => service.bought.size === 1)
  expect(await start().said).toContain('Another process is at this batch')
  first.kill('SIGKILL')
  await first.exit
  const other = start('--size', 'square')
  expect(await other.said).toContain('is the journal of another batch')
  expect(await other.exit).toBe(1)
  expect(perPicture()).toEqual([1])
})

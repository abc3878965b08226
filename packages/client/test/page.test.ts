import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bundleForPage } from '../../../scripts/packages/page.ts'
import {
  type createApikley as createHere,
  type Apikley,
  type ApikleyOptions,
} from '../src/index.ts'
import { idle } from './clock.ts'
import {
  created,
  input,
  json,
  never,
  record,
  service,
  succeeded,
  type Reply,
  type Service,
} from './service.ts'

/**
 * What the network does with a part of the page, given what the part is; and the parts that were
 * asked for.
 */
let network: (part: unknown) => Promise<unknown>
let asked: string[]
let createApikley: typeof createHere
let folder: string

// The built package, in the files that a bundler makes of it for a page.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-page-'))
  const { atOnce, onDemand } = await bundleForPage(
    `export { createApikley } from '@apikley/client'`,
    join(import.meta.dirname, '..'),
    false,
  )
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { path, text } of [...atOnce, ...onDemand]) {
    await writeFile(
      join(folder, basename(path)),
      text.replaceAll(/\bimport\(/g, 'globalThis.loadPart('),
    )
  }
  const load = (name: string): Promise<unknown> => import(pathToFileURL(join(folder, name)).href)
  const parts = new Map<string, unknown>()
  for (const { path } of onDemand) {
    parts.set(basename(path), await load(basename(path)))
  }
  Object.assign(globalThis, {
    loadPart(path: string) {
      asked.push(basename(path).replace(/-.*/, ''))
      return network(parts.get(basename(path)))
    },
  })
  const page: unknown = await load('stdin.js')
  if (isEntry(page)) {
    ;({ createApikley } = page)
  }
})
afterAll(() => rm(folder, { recursive: true }))

const isEntry = (page: unknown): page is { createApikley: typeof createApikley } =>
  typeof page === 'object' && page !== null && 'createApikley' in page

const online: typeof network = async (part) => part
const offline: typeof network = async () => {
  throw new TypeError('Failed to fetch dynamically imported module')
}
const stalled: typeof network = () => new Promise(() => {})

beforeEach(() => {
  asked = []
  network = online
})

function page(replies: Reply[], options: ApikleyOptions = {}): Service {
  return service(replies, options, createApikley)
}

const file = new Blob(['bytes'], { type: 'image/png' })
const withFile = { ...input, image_url: file }
const uploaded = json({
  code: 200,
  data: {
    fileName: 'a.png',
    filePath: 'uploads/a.png',
    downloadUrl: 'https://files.example.com/a.png',
    fileSize: 5,
    mimeType: 'image/png',
    uploadedAt: '2026-01-05T12:00:00.000Z',
  },
})

const calls: Record<string, (apikley: Apikley, signal?: AbortSignal) => Promise<unknown>> = {
  run: (apikley, signal) => apikley.run('ideogram/v3-reframe', input, { signal }),
  'run with a file': (apikley, signal) => apikley.run('ideogram/v3-reframe', withFile, { signal }),
  'tasks.create': (apikley, signal) =>
    apikley.tasks.create('ideogram/v3-reframe', input, { signal }),
  'tasks.get': (apikley, signal) => apikley.tasks.get('task_1', { signal }),
  'tasks.wait': (apikley, signal) => apikley.tasks.wait('task_1', { signal }),
  'tasks.watch': (apikley, signal) => apikley.tasks.watch('task_1', { signal }).next(),
  'files.upload': (apikley, signal) => apikley.files.upload(file, { signal }),
  'files.uploadFromUrl': (apikley, signal) =>
    apikley.files.uploadFromUrl('https://files.example.com/a.png', { signal }),
  'files.downloadUrl': (apikley, signal) =>
    apikley.files.downloadUrl('https://files.example.com/a.png', { signal }),
  'files.save': (apikley, signal) =>
    apikley.files.save('https://files.example.com/a.png', undefined, { signal }),
  credits: (apikley, signal) => apikley.credits({ signal }),
  'a call of api': (apikley, signal) =>
    apikley.api.GET('/api/v1/chat/credit', { signal: signal ?? null }),
}

test('nothing is loaded before it is needed, and nothing twice', async () => {
  const { apikley, clock, sent } = page([created, succeeded, created, uploaded])
  expect(asked).toEqual([])
  expect((await clock.settle(apikley.run('ideogram/v3-reframe', input))).urls).toEqual([
    'https://files.example.com/1.webp',
  ])
  await clock.settle(apikley.run('ideogram/v3-reframe', input))
  await Promise.all([apikley.files.upload(file), apikley.files.upload(file)])
  expect(asked).toEqual(['calls'])
  expect(sent).toHaveLength(5)
})

describe('when a part cannot be loaded', () => {
  test.each(Object.entries(calls))(
    '%s fails before anything is sent, and says what to do',
    async (_, call) => {
      const { apikley, sent, clock } = page([created])
      network = offline
      await expect(call(apikley)).rejects.toMatchObject({
        name: 'ApikleyError',
        kind: 'connection',
        message: /could not be loaded.*reload the page/,
      })
      expect(sent).toEqual([])
      expect(clock.pending).toBe(0)
    },
  )

  test('the next call tries again', async () => {
    const { apikley, clock } = page([created, succeeded])
    network = offline
    await expect(apikley.run('ideogram/v3-reframe', input)).rejects.toMatchObject({
      kind: 'connection',
    })
    network = online
    expect((await clock.settle(apikley.run('ideogram/v3-reframe', input))).taskId).toBe('task_1')
  })
})

describe('while a part is loaded', () => {
  test.each(Object.entries(calls))('%s is aborted at once, and sends nothing', async (_, call) => {
    const { apikley, sent, clock } = page([created])
    network = stalled
    const controller = new AbortController()
    const outcome = call(apikley, controller.signal).catch((error: unknown) => error)
    await idle()
    const reason = new Error('enough')
    controller.abort(reason)
    await idle()
    expect(await Promise.race([outcome, 'pending'])).toBe(reason)
    expect(sent).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('a loop that is left is over at once', async () => {
    const { apikley, sent } = page([record('waiting')])
    network = stalled
    const loop = apikley.tasks.watch('task_1')
    const first = loop.next()
    await idle()
    await loop.return?.()
    expect(await first).toEqual({ done: true, value: undefined })
    expect(sent).toEqual([])
  })

  test('the time of a run goes on, and then nothing is bought', async () => {
    const { apikley, clock, sent } = page([created])
    network = stalled
    const began = clock.now()
    await expect(
      clock.settle(apikley.run('ideogram/v3-reframe', input, { timeout: 5000 })),
    ).rejects.toMatchObject({
      kind: 'timeout',
      message: /The 5000 ms of this call were over.*Nothing was sent/,
    })
    expect(clock.now() - began).toBe(5000)
    expect(sent).toEqual([])
  })

  test('the time of a wait goes on, and its error has the id', async () => {
    const { apikley, clock } = page([never])
    network = stalled
    await expect(
      clock.settle(apikley.tasks.wait('task_1', { timeout: 5000 })),
    ).rejects.toMatchObject({ kind: 'timeout', taskId: 'task_1' })
  })

  test.each<[string, (apikley: Apikley) => Promise<unknown>]>([
    ['run', (apikley) => apikley.run('ideogram/v3-reframe', input, { timeout: 60_000 })],
    ['tasks.wait', (apikley) => apikley.tasks.wait('task_1', { timeout: 60_000 })],
  ])('what it takes is part of the time of %s', async (name, call) => {
    const { apikley, clock } = page(
      name === 'run' ? [created, record('waiting')] : [record('waiting')],
    )
    network = async (part) => {
      await new Promise<void>((resolve) => clock.after(20_000, resolve))
      return part
    }
    const began = clock.now()
    await expect(clock.settle(call(apikley))).rejects.toMatchObject({
      kind: 'timeout',
      taskId: 'task_1',
      message: /after 1 min/,
    })
    expect(clock.now() - began).toBe(60_000)
  })

  test('more time than for a request is not given; what comes later serves the next call', async () => {
    const { apikley, clock, sent } = page([created, succeeded])
    let arrive = (): void => {}
    network = (part) => new Promise((resolve) => (arrive = () => resolve(part)))
    const began = clock.now()
    await expect(clock.settle(apikley.run('ideogram/v3-reframe', input))).rejects.toMatchObject({
      kind: 'connection',
    })
    expect(clock.now() - began).toBe(30_000)
    expect(sent).toEqual([])
    arrive()
    await idle()
    expect((await clock.settle(apikley.run('ideogram/v3-reframe', input))).taskId).toBe('task_1')
    expect(asked).toEqual(['calls'])
  })
})

describe('before a part is loaded', () => {
  test('the history that was given is there, and a wrong one is refused at once', () => {
    const history = { 'a-model': { count: 2, mean: 9, variance: 0.1, stray: false } }
    expect(page([], { polling: { history } }).apikley.tasks.pollingHistory()).toEqual(history)
    expect(page([]).apikley.tasks.pollingHistory()).toEqual({})
    expect(() =>
      page([], {
        polling: { history: { 'a-model': { ...history['a-model'], mean: Number.NaN } } },
      }),
    ).toThrow(expect.objectContaining({ kind: 'configuration' }))
    expect(asked).toEqual([])
  })

  test('a task that was learned elsewhere is known to the wait that follows', async () => {
    const task = await service([succeeded]).apikley.tasks.get('task_1')
    const { apikley, clock, sent } = page([never])
    apikley.tasks.notify(task)
    expect((await clock.settle(apikley.tasks.wait('task_1'))).state).toBe('success')
    expect(sent).toEqual([])
  })
})

import { spawn } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createVirtualClock } from '@apikley/simulator'
import { mostWithin } from 'test-kit/numbers'
import { expect, test } from 'vitest'
import { createApikley, type Clock } from '../../src/index.ts'
import { MODEL, resultJson } from '../replies.ts'
import { input, key } from '../service.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const BLOCK_EVERY_MS = 2000
const BLOCK_MS = 300

/** A client of a process that is blocked for 300 ms every 2 s: timers within a block fire late. */
function blockedClient() {
  const clock = createVirtualClock()
  const opened = clock.now()
  const reads: number[] = []
  let creates = 0
  const late: Clock = {
    now: () => clock.now(),
    after(ms, callback) {
      const within = (clock.now() + ms - opened) % BLOCK_EVERY_MS
      return clock.after(ms + Math.max(0, BLOCK_MS - within), callback)
    },
  }
  const fetch = async (url: unknown, { method }: RequestInit = {}): Promise<Response> => {
    if (method === 'POST') {
      creates += 1
      return Response.json({ code: 200, msg: '', data: { taskId: `task_${creates}` } })
    }
    reads.push(clock.now())
    if (reads.length % 10 === 0) {
      return new Response('', { status: 503 })
    }
    const taskId = new URL(String(url)).searchParams.get('taskId') ?? ''
    const data = { taskId, model: MODEL, state: 'success', resultJson }
    return Response.json({ code: 200, msg: '', data })
  }
  const limits = { creates: { limit: 1_000_000, interval: 1 } }
  const apikley = createApikley({ apiKey: key, fetch, limits }, { clock: late, env: {} })
  return { apikley, clock, reads }
}

test('5,000 waits with 10 % errors keep the limit for three minutes', async () => {
  const { apikley, clock, reads } = blockedClient()
  const stop = new AbortController()
  const waits = Array.from({ length: 5000 }, (_, index) =>
    apikley.tasks.wait(`task_${index}`, { signal: stop.signal }).then(
      () => 'ended',
      () => 'aborted',
    ),
  )
  await clock.advance(180_000)
  stop.abort()
  const ended = (await Promise.all(waits)).filter((result) => result === 'ended')
  expect(mostWithin(reads, 1000)).toBeLessThanOrEqual(10)
  expect(ended.length).toBeGreaterThan(1300)
  expect([clock.pending, getEventListeners(stop.signal, 'abort').length]).toEqual([0, 0])
})

/** Starts runs and waits until they have ended. Nothing of them may stay. */
async function endRuns(
  { apikley, clock }: ReturnType<typeof blockedClient>,
  count: number,
  isAborted: boolean,
): Promise<void> {
  const stop = new AbortController()
  const { signal } = stop
  const runs = Array.from({ length: count }, () =>
    apikley.run(MODEL, input, { signal, timeout: 86_400_000 }).then(
      () => 'success',
      () => 'aborted',
    ),
  )
  if (isAborted) {
    await clock.advance(1500)
    stop.abort()
  }
  const ended = await clock.settle(Promise.all(runs))
  expect(new Set(ended)).toEqual(new Set([isAborted ? 'aborted' : 'success']))
  expect([clock.pending, getEventListeners(signal, 'abort').length]).toEqual([0, 0])
}

test.each([
  ['50,000 runs', 50, false],
  ['40,000 aborted runs', 40, true],
])('%s leave no timer, no listener and no memory, and keep the limit', async (...row) => {
  const [, rounds, isAborted] = row
  const client = blockedClient()
  const heap: number[] = []
  for (let round = 0; round < rounds; round++) {
    await endRuns(client, 1000, isAborted)
    collect()
    heap.push(process.memoryUsage().heapUsed)
  }
  expect(mostWithin(client.reads, 1000)).toBeLessThanOrEqual(10)
  const [early = 0, end = 0] = [heap[rounds / 2], heap.at(-1)]
  expect((end - early) / 2 ** 20).toBeLessThan(4)
})

const SIMULATOR = `import { startSimulator } from '@apikley/simulator'
console.log((await startSimulator({ latency: 0, credits: 1_000_000 })).url)`

test('a simulator in another process answers 1,500 runs at once', async () => {
  const args = ['--input-type=module', '-e', SIMULATOR]
  const simulator = spawn(process.execPath, args, { cwd: import.meta.dirname })
  const { signal } = new AbortController()
  const limit = { limit: 1_000_000, interval: 1 }
  const limits = { creates: limit, reads: limit }
  try {
    const baseUrl = String(await once(simulator.stdout, 'data')).trim()
    const apikley = createApikley({ apiKey: key, baseUrl, limits })
    const runs = Array.from({ length: 1500 }, () => apikley.run(MODEL, input, { signal }))
    const states = (await Promise.all(runs)).map(({ task }) => task.state)
    expect(new Set(states)).toEqual(new Set(['success']))
  } finally {
    simulator.kill()
  }
})

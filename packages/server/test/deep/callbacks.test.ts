import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { signCallback } from '../../src/index.ts'
import { callbackOf, webhookService, type PostOptions } from '../webhook-service.ts'

const secret = 'hook-secret'
const lie = { resultJson: '{"resultUrls":["https://evil.example/x.webp"]}', failMsg: 'lie' }
const wrongTypes = [null, 7, true, [], 'text', { data: null }, { data: { taskId: ['task_1'] } }]
const texts = ['', '{', '<html>', '\u0000', ...wrongTypes.map((body) => JSON.stringify(body))]

/** What a sender may post, and the statuses that it may get where callbacks must be signed. */
const kinds: Readonly<Record<string, readonly number[]>> = {
  genuine: [200, 500, 503],
  altered: [200, 500, 503],
  unsigned: [401],
  'wrong secret': [401],
  'signature of another task': [401],
  stale: [401],
  huge: [413],
  'not a callback': [400],
  'unknown task': [503],
}

const callback = fc.record({
  kind: fc.constantFrom(...Object.keys(kinds), 'genuine'),
  taskId: fc.nat({ max: 99 }).map((index) => `task_${index}`),
  state: fc.constantFrom('success', 'fail'),
  text: fc.constantFrom(...texts),
  /** How long the next callback waits, and how long `onTask` takes, in ms. */
  pause: fc.nat({ max: 5000 }),
})
type Callback = typeof callback extends fc.Arbitrary<infer T> ? T : never

async function toPost({ kind, taskId, state, text }: Callback, now: number): Promise<PostOptions> {
  const data = kind === 'genuine' ? {} : { state, ...lie }
  const bodies: Readonly<Record<string, string>> = {
    'not a callback': text,
    huge: callbackOf(taskId, { more: 'x'.repeat(1_000_000) }),
  }
  const signedId = kind === 'signature of another task' ? `${taskId}1` : taskId
  const signedWith = kind === 'wrong secret' ? 'guess' : secret
  const time = kind === 'stale' ? now - 302_000 : now
  return {
    body: bodies[kind] ?? callbackOf(taskId, data),
    headers: kind === 'unsigned' ? {} : await signCallback(signedId, signedWith, time),
  }
}

test.each([
  ['signed', { secret: ['new-secret', secret] }],
  ['unsigned', {}],
])(
  '1,000 random callbacks cause one true onTask per task when they are %s.',
  { timeout: 120_000 },
  async (signing, options) => {
    let pause = 0
    const failed = new Set<string>()
    const received: string[] = []
    const service = webhookService({
      ...options,
      async onTask({ taskId, state, urls }) {
        await new Promise<void>((resolve) => service.clock.after(pause * 4, resolve))
        if (pause < 500 && !failed.has(taskId)) {
          failed.add(taskId)
          throw new Error('The database is away')
        }
        received.push(`${taskId} ${state} ${urls.join()}`)
      },
    })
    const { clock, simulator, send } = service
    const states = ['success', 'success', 'fail', 'stuck'] as const
    const ends = new Set<string>()
    for (let index = 0; index < 100; index++) {
      const taskId = `task_${index}`
      const state = states[index % 4] ?? 'stuck'
      const url = `https://results.example/${taskId}.webp`
      simulator.control.addTask({ taskId, state, result: { resultUrls: [url] } })
      ends.add(`${taskId} ${state} ${state === 'success' ? url : ''}`)
    }
    let refused = 0
    const post = async (sent: Callback): Promise<void> => {
      const taskId = sent.kind === 'unknown task' ? `${sent.taskId}_unknown` : sent.taskId
      const status = await send(taskId, await toPost({ ...sent, taskId }, clock.now()))
      const allowed = signing === 'signed' ? kinds[sent.kind] : [200, 400, 413, 500, 503]
      expect(allowed, `${sent.kind}: ${status}`).toContain(status)
      refused += [400, 401, 413].includes(status) ? 1 : 0
    }
    const callbacks = fc.sample(callback, { numRuns: 1000, seed: 20_261_124 })
    const pending: Promise<void>[] = []
    for (const sent of callbacks) {
      pause = sent.pause
      pending.push(post(sent))
      await clock.advance(sent.pause)
    }
    await clock.settle(Promise.all(pending))

    expect(received.length).toBeGreaterThan(30)
    expect(new Set(received).size).toBe(received.length)
    expect([...ends]).toEqual(expect.arrayContaining(received))
    // A refused callback costs nothing, and every other one at most one read.
    expect(service.reads()).toBeLessThanOrEqual(callbacks.length - refused)
    expect(refused).toBeGreaterThan(signing === 'signed' ? 400 : 100)
  },
)

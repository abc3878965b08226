import { createApikley } from '@apikley/client'
import { createSimulator, createVirtualClock, type VirtualClock } from '@apikley/simulator'
import { expect, test } from 'vitest'
import { createWebhookHandler, signCallback, type WebhookHandler } from '../../src/index.ts'

const secret = 'hook-secret'
const evil = 'https://evil.example/x.webp'

/** The statuses of each kind of callback where callbacks must be signed. */
const statusesByKind: Readonly<Record<string, readonly number[]>> = {
  genuine: [200, 500, 503],
  duplicate: [200, 500, 503],
  altered: [200, 500, 503],
  forged: [401],
  'wrong secret': [401],
  'signature of another task': [401],
  stale: [401],
  future: [401],
  'wrong type': [400],
  huge: [413],
  'not JSON': [400],
  'unknown task': [503],
}
const kinds = Object.keys(statusesByKind)

const wrongTypes = [
  ...[null, 7, true, [], 'text', { data: null }, { data: [] }],
  ...[7, ['task_1'], {}].map((taskId) => ({ data: { taskId } })),
]

/** Pseudorandom choices that are the same for the same seed. */
class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return this.#state / 2 ** 32
  }

  pick<T>(list: readonly T[]): T {
    const value = list[Math.floor(this.next() * list.length)]
    if (value === undefined) {
      throw new RangeError('The list is empty')
    }
    return value
  }
}

/** Posts a callback of a kind about a task. */
async function post(
  kind: string,
  taskId: string,
  handler: WebhookHandler,
  random: Random,
  clock: VirtualClock,
): Promise<number> {
  const resultJson = JSON.stringify({ resultUrls: [evil] })
  const lie = { state: random.pick(['success', 'fail']), resultJson, failMsg: 'lie' }
  const data = { taskId, ...(kind === 'genuine' || kind === 'duplicate' ? {} : lie) }
  const bodies: Record<string, string> = {
    'wrong type': JSON.stringify(random.pick(wrongTypes)),
    huge: JSON.stringify({ data, more: 'x'.repeat(1_000_000) }),
    'not JSON': random.pick(['', '{', '<html>', JSON.stringify({ data }).slice(1), '\u0000']),
  }
  const ages: Record<string, number> = {
    stale: -300_001 - random.next() * 1e9,
    future: 301_000 + random.next() * 1e9,
  }
  const signed = await signCallback(
    kind === 'signature of another task' ? `${taskId}1` : taskId,
    kind === 'wrong secret' ? 'guess' : secret,
    clock.now() + (ages[kind] ?? (random.next() - 0.5) * 500_000),
  )
  const { 'x-webhook-timestamp': _, ...withoutTime } = signed
  const forged = random.pick([{}, { ...signed, 'x-webhook-signature': 'AAAA' }, withoutTime])
  const body = bodies[kind] ?? JSON.stringify({ code: 200, msg: 'success', data })
  const headers = kind === 'forged' ? forged : signed
  const request = new Request('http://localhost/hook', { method: 'POST', body, headers })
  return (await handler(request)).status
}

test.each([
  ['signed', 1],
  ['signed', 2],
  ['unsigned', 3],
  ['unsigned', 4],
] as const)(
  '1,000 random callbacks cause one true onTask per task when they are %s (seed %i).',
  { timeout: 120_000 },
  async (signing, seed) => {
    const random = new Random(seed)
    const clock = createVirtualClock()
    const simulator = createSimulator({ clock })
    const states = new Map<string, string>()
    for (let index = 0; index < 100; index++) {
      const taskId = `task_${index}`
      const state = random.pick(['success', 'success', 'fail', 'stuck'] as const)
      states.set(taskId, state)
      const result = { resultUrls: [`https://results.example/${taskId}.webp`] }
      simulator.control.addTask({ taskId, state, result })
    }
    const received = new Map<string, string[]>()
    const failed = new Set<string>()
    const handler = createWebhookHandler(
      {
        apikley: createApikley({ apiKey: 'any', fetch: simulator.fetch }, { clock }),
        ...(signing === 'signed' ? { secret: ['new-secret', secret] } : {}),
        onError: () => {},
        async onTask({ taskId, state, urls }) {
          await new Promise<void>((resolve) => clock.after(random.next() * 20_000, resolve))
          if (random.next() < 0.1 && !failed.has(taskId)) {
            failed.add(taskId)
            throw new Error('The database is away')
          }
          received.set(taskId, [...(received.get(taskId) ?? []), `${state} ${urls.join()}`])
        },
      },
      { clock },
    )
    const genuine: string[] = []
    let refused = 0
    const postRandom = async (): Promise<void> => {
      const kind = random.pick(kinds)
      let taskId = random.pick([...states.keys()])
      if (kind === 'unknown task') {
        taskId = `task_x${random.next()}`
      } else if (kind === 'duplicate' && genuine.length > 0) {
        taskId = random.pick(genuine)
      } else if (kind === 'genuine') {
        genuine.push(taskId)
      }
      const status = await post(kind, taskId, handler, random, clock)
      const allowed = signing === 'signed' ? statusesByKind[kind] : [200, 400, 413, 500, 503]
      expect(allowed, `${kind}: ${status}`).toContain(status)
      refused += [400, 401, 413].includes(status) ? 1 : 0
    }

    let count = 0
    while (count < 1000) {
      const group = Array.from({ length: 1 + Math.floor(random.next() * 8) }, postRandom)
      count += group.length
      await clock.settle(Promise.all(group))
    }

    expect(received.size).toBeGreaterThan(30)
    for (const [taskId, ends] of received) {
      const success = `success https://results.example/${taskId}.webp`
      const end = { success, fail: 'fail ' }[states.get(taskId) ?? '']
      expect(ends).toEqual([end])
    }
    // A refused callback costs nothing, and every other one at most one read.
    expect(simulator.journal.received).toBeLessThanOrEqual(count - refused)
    expect(refused).toBeGreaterThan(signing === 'signed' ? count / 2 : count / 10)
  },
)

import { createApikley } from '@apikley/client'
import { createSimulator, createVirtualClock } from '@apikley/simulator'
import { describe, expect, test } from 'vitest'
import { createWebhookHandler, signCallback } from '../../src/index.ts'

/** Numbers in [0, 1), the same ones each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
}

const secret = 'hook-secret'
const evil = 'https://evil.example/x.webp'
const kinds = [
  'genuine',
  'duplicate',
  'altered',
  'forged',
  'wrong secret',
  'signature of another task',
  'stale',
  'future',
  'wrong type',
  'huge',
  'not JSON',
  'unknown task',
] as const
type Kind = (typeof kinds)[number]

/** What each kind may be answered where callbacks have to be signed. */
const answers: Readonly<Record<Kind, readonly number[]>> = {
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

const wrongTypes = [
  null,
  7,
  true,
  [],
  'text',
  { data: null },
  { data: { taskId: 7 } },
  { data: { taskId: ['task_1'] } },
  { data: { taskId: {} } },
  { data: [] },
]

describe.each([
  ['signed', 1],
  ['signed', 2],
  ['unsigned', 3],
  ['unsigned', 4],
] as const)('1,000 generated callbacks, %s, seed %i', (signing, seed) => {
  test(
    'lead to no result but the true one, and to one onTask for each task',
    { timeout: 120_000 },
    async () => {
      const random = seeded(seed)
      const pick = <Value>(list: readonly Value[]): Value => {
        const value = list[Math.floor(random() * list.length)]
        if (value === undefined) {
          throw new RangeError('empty')
        }
        return value
      }
      const clock = createVirtualClock()
      const simulator = createSimulator({ clock })
      const states = new Map<string, 'success' | 'fail' | 'stuck'>()
      for (let index = 0; index < 100; index++) {
        const [taskId, state] = [
          `task_${index}`,
          pick(['success', 'success', 'fail', 'stuck'] as const),
        ]
        states.set(taskId, state)
        simulator.control.addTask({
          taskId,
          state,
          result: { resultUrls: [`https://results.example/${taskId}.webp`] },
        })
      }
      const told = new Map<string, string[]>()
      const failing = new Set<string>()
      const apikley = createApikley({ apiKey: 'any', fetch: simulator.fetch }, { clock })
      const handler = createWebhookHandler(
        {
          apikley,
          ...(signing === 'signed' ? { secret: ['new-secret', secret] } : {}),
          onError: () => {},
          async onTask({ taskId, state, urls }) {
            await new Promise<void>((resolve) => clock.after(random() * 20_000, resolve))
            // Some fail the first time.
            if (random() < 0.1 && !failing.has(taskId)) {
              failing.add(taskId)
              throw new Error('The database is away')
            }
            told.set(taskId, [...(told.get(taskId) ?? []), `${state} ${urls.join()}`])
          },
        },
        { clock },
      )
      const sent: string[] = []
      let refused = 0

      async function post(kind: Kind): Promise<void> {
        const taskId =
          kind === 'unknown task'
            ? `task_${pick(['x', 'y', 'z'])}${random()}`
            : kind === 'duplicate' && sent.length > 0
              ? pick(sent)
              : pick([...states.keys()])
        const lie = {
          state: pick(['success', 'fail']),
          resultJson: JSON.stringify({ resultUrls: [evil] }),
          failMsg: 'lie',
        }
        const data = { taskId, ...(kind === 'genuine' || kind === 'duplicate' ? {} : lie) }
        const body: unknown =
          kind === 'wrong type'
            ? pick(wrongTypes)
            : kind === 'huge'
              ? { data, more: 'x'.repeat(1_000_000) }
              : { code: 200, msg: 'success', data }
        const text =
          kind === 'not JSON'
            ? pick(['', '{', '<html>', JSON.stringify({ data }).slice(1), '\u0000'])
            : JSON.stringify(body)
        const away =
          kind === 'stale'
            ? -300_001 - random() * 1e9
            : kind === 'future'
              ? 301_000 + random() * 1e9
              : (random() - 0.5) * 500_000
        const signed = await signCallback(
          kind === 'signature of another task' ? `${taskId}1` : taskId,
          kind === 'wrong secret' ? 'guess' : secret,
          clock.now() + away,
        )
        const headers =
          kind === 'forged'
            ? pick([
                {},
                { ...signed, 'x-webhook-signature': 'AAAA' },
                { 'x-webhook-signature': signed['x-webhook-signature'] ?? '' },
              ])
            : signed
        if (kind === 'genuine') {
          sent.push(taskId)
        }
        const { status } = await handler(
          new Request('http://localhost/hook', { method: 'POST', body: text, headers }),
        )
        const allowed = signing === 'signed' ? answers[kind] : [200, 400, 413, 500, 503]
        expect(allowed, `${kind}: ${text.slice(0, 200)}`).toContain(status)
        if ([400, 401, 413].includes(status)) {
          refused++
        }
      }

      let count = 0
      while (count < 1000) {
        // Several at a time, in no order.
        const group = Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(kinds))
        count += group.length
        await clock.settle(Promise.all(group.map(post)))
      }

      expect(count).toBeGreaterThanOrEqual(1000)
      expect(told.size).toBeGreaterThan(30)
      for (const [taskId, ends] of told) {
        const state = states.get(taskId)
        expect(ends).toEqual([
          state === 'success' ? `success https://results.example/${taskId}.webp` : 'fail ',
        ])
        expect(state).not.toBe('stuck')
      }
      // What is not signed costs nothing; what is, at most one look each.
      expect(simulator.journal.received).toBeLessThanOrEqual(count - refused)
      expect(refused).toBeGreaterThan(signing === 'signed' ? count / 2 : count / 10)
    },
  )
})

import { expect, test } from 'vitest'
import { failure, fetchThrough, makeKey, model } from './requests.ts'
import { input, world, type World } from 'test-kit/world'

type Send = () => Promise<Response>
type Answer = (all: World, send: Send) => Response | Promise<Response>

const answer =
  (status: number): Answer =>
  () =>
    new Response('<html>', { status })

/** The proxy does not accept the user of the copy. */
const signedOut: Answer = ({ proxy }) =>
  fetchThrough(proxy.fetch, '')('https://app.example/api/apikley/tasks', { method: 'POST' })

/** Servers that refuse a copy before the proxy reads the record of its key. */
const refusals: [string, Answer, object][] = [
  ['a session that has ended', signedOut, { kind: 'authentication' }],
  ['a firewall', answer(403), { kind: 'rejected' }],
  ['a limit of sizes', answer(413), { kind: 'rejected' }],
  ['a limit of a CDN', answer(429), { kind: 'rate-limited' }],
  ['a sign-in page', answer(200), { kind: 'connection' }],
  ['a gateway', answer(503), { kind: 'connection' }],
]

/** A page whose creates get another answer than that of the proxy. */
function pageWith(all: World, answerTo: Answer, isDelivered: boolean): World['page'] {
  return all.pageOf('ann', {
    async fetch(url, init) {
      const send: Send = () => fetchThrough(all.proxy.fetch)(url, init)
      if (!String(url).endsWith('/tasks')) {
        return send()
      }
      if (isDelivered) {
        await send()
      }
      return answerTo(all, send)
    },
  })
}

test.each(refusals)('A copy that is refused by %s does not hide the task.', async (_, refuse) => {
  const all = world()
  const { taskId } = await all.clock.settle(pageWith(all, refuse, true).tasks.create(model, input))
  expect(all.simulator.journal.tasks.map((task) => task.taskId)).toEqual([taskId.split('.')[0]])
})

test.each(refusals)(
  'A create that is only refused by %s keeps its reason, and a late copy creates nothing.',
  async (_, refuse, reason) => {
    const all = world()
    const idempotencyKey = await makeKey(all)
    const creating = pageWith(all, refuse, false).tasks.create(model, input, { idempotencyKey })
    const error = await all.clock.settle(failure(creating))
    expect(error).toMatchObject({ ...reason, charge: 'none' })
    const late = all.page.tasks.create(model, input, { idempotencyKey })
    await all.clock.settle(failure(late))
    expect(all.simulator.journal.tasks).toEqual([])
  },
)

test.each(refusals)(
  'A create that %s refuses counts as unconfirmed as long as the page cannot recover its key.',
  async (_, refuse) => {
    let isLost = true
    const all = world({ authorize: ({ url }) => !(isLost && url.includes('/keys/')) && 'ann' })
    const page = pageWith(all, refuse, true)
    const error = await all.clock.settle(failure(page.tasks.create(model, input)))
    expect(error).toMatchObject({ kind: 'unconfirmed', charge: 'possible' })
    const { idempotencyKey = '' } = Object(error)
    const unread = all.page.tasks.recover(idempotencyKey)
    expect(await all.clock.settle(failure(unread))).toMatchObject({ charge: 'possible' })
    isLost = false
    expect(await all.clock.settle(page.tasks.recover(idempotencyKey))).toMatchObject({
      status: 'created',
    })
    expect(all.simulator.journal.tasks).toHaveLength(1)
  },
)

test('A page that waited for a limit is in doubt when its next try cannot connect.', async () => {
  const all = world({ authorize: ({ url }) => !url.includes('/keys/') && 'ann' })
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  let tries = 0
  const busyOnce: Answer = (world, send) => {
    tries += 1
    return tries === 1
      ? answer(429)(world, send)
      : Promise.reject(new TypeError('fetch failed', { cause: refused }))
  }
  const page = pageWith(all, busyOnce, false)
  const error = await all.clock.settle(failure(page.tasks.create(model, input)))
  expect(error).toMatchObject({ kind: 'unconfirmed', charge: 'possible' })
})

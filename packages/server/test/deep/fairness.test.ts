import { expect, test } from 'vitest'
import { sealHandle } from '../../src/proxy/sealed-handle.ts'
import { create, makeKey, read } from '../requests.ts'
import { webhookService } from '../webhook-service.ts'
import { secret, world, type World } from 'test-kit/world'

/** Reads `task_1` for a user. Returns the delay in ms, or NaN if the read fails. */
async function readFor({ clock, proxy }: World, user: string): Promise<number> {
  const handle = await clock.during(sealHandle([secret], 'task', user, 'task_1'))
  const started = clock.now()
  const { ok } = await proxy.fetch(read(handle, { headers: { 'x-user': user } }))
  return ok ? clock.now() - started : Number.NaN
}

const pause = ({ clock }: Pick<World, 'clock'>, ms: number): Promise<unknown> =>
  new Promise((resolve) => {
    clock.after(ms, () => resolve(undefined))
  })

/** One server with a task that everybody may read. The service responds within 100 ms. */
function taskWorld(): World {
  const all: World = world({
    limits: { reads: { limit: 1000, interval: 60_000 } },
    async fetch(url, init) {
      await pause(all, 100)
      return all.simulator.fetch(url, init)
    },
  })
  all.simulator.control.addTask({ taskId: 'task_1' })
  return all
}

/** Keeps 10 reads of each user in flight until a time. */
function poll(all: World, users: number, until: number): Promise<unknown> {
  const loop = async (user: string): Promise<void> => {
    while (all.clock.now() < until) {
      await readFor(all, user)
      await pause(all, 200)
    }
  }
  return Promise.all(Array.from({ length: users * 10 }, (_, at) => loop(`greedy ${at % users}`)))
}

const p95 = (delays: readonly number[]): number =>
  [...delays].sort((one, other) => one - other)[Math.floor(delays.length * 0.95)] ?? Number.NaN

const slow = { timeout: 90_000 }

test.each([180, 40])(
  'The 95th percentile of reads of %i users at most doubles with 20 greedy users.',
  slow,
  async (users) => {
    const measure = async (greedy: number): Promise<number> => {
      const all = taskWorld()
      const started = all.clock.now()
      const polling = poll(all, greedy, started + 32_000)
      const reads = Array.from({ length: 125 }, async (_, index) => {
        await pause(all, 10_000 + index * 160 + ((index * 37) % 149))
        return readFor(all, `honest ${index % users}`)
      })
      const delays = await all.clock.settle(Promise.all(reads))
      await all.clock.settle(polling)
      return p95(delays)
    }
    const [alone, together] = [await measure(0), await measure(20)]
    expect(together).toBeLessThanOrEqual(2 * alone)
  },
)

test('A create waits for three users who create 60 tasks no longer than for nobody.', async () => {
  const all = world()
  const { clock, proxy } = all
  const users = ['a', 'b', 'c']
  const keys: Record<string, string[]> = {}
  const sendAs = (user: string, made: string): Promise<Response> =>
    proxy.fetch(create(made, { 'x-user': user }))
  for (const user of [...users, 'honest']) {
    keys[user] = []
    for (let count = 0; count < 20; count++) {
      keys[user].push(await makeKey(all, user))
    }
  }
  const greedy = users.flatMap((user) => keys[user]?.map((made) => sendAs(user, made)) ?? [])
  await clock.advance(1000)
  const started = clock.now()
  const [made = ''] = keys['honest'] ?? []
  expect((await clock.settle(sendAs('honest', made))).status).toBe(200)
  expect(clock.now() - started).toBeLessThan(1000)
  await clock.settle(Promise.all(greedy))
})

test('A flood of callbacks delays 40 waits for tasks by at most a third.', async () => {
  const measure = async (isFlooded: boolean): Promise<number> => {
    const { apikley, clock, simulator, post } = webhookService({})
    const ids = Array.from({ length: 40 }, (_, index) => `task_${index}`)
    for (const taskId of ids) {
      simulator.control.addTask({ taskId })
    }
    let isOver = false
    let strangers = 0
    const flood = (): void => {
      if (!isOver) {
        void post(`stranger_${(strangers += 1)}`).catch(() => {})
        clock.after(5, flood)
      }
    }
    if (isFlooded) {
      flood()
      await clock.advance(2000)
    }
    const started = clock.now()
    await clock.settle(Promise.all(ids.map((taskId) => apikley.tasks.wait(taskId))))
    isOver = true
    return clock.now() - started
  }
  const [alone, flooded] = [await measure(false), await measure(true)]
  expect(flooded).toBeLessThan(alone * 1.34)
})

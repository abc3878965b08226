import { describe, expect, test, vi } from 'vitest'
import type { ProxyOptions } from '../src/index.ts'
import { input, post, world } from 'test-kit/world'

const model = 'ideogram/v3-reframe'
const createTask = '/api/v1/jobs/createTask'
type Allow = NonNullable<ProxyOptions['allow']>

describe('allow', () => {
  test('is not asked again about what was bought, and gets all that is known of it', async () => {
    const allow = vi.fn<Allow>(() => true)
    const { clock, proxy, simulator } = world({ allow })
    const send = () =>
      clock.settle(
        proxy.fetch(post(createTask, { model, input }, { 'idempotency-key': 'attempt-1' })),
      )
    expect([(await send()).status, (await send()).status]).toEqual([200, 200])
    expect(allow.mock.calls).toEqual([[{ user: 'ann', model, input, attemptId: 'attempt-1' }]])
    expect(simulator.journal.bought).toBe(1)
  })

  test.each<[string, Allow, string]>([
    ['a text, which the page is told', () => 'Your budget is used up.', 'Your budget is used up.'],
    ['false', async () => false, 'This is not allowed here.'],
    ['nothing, by mistake', () => JSON.parse('null'), 'This is not allowed here.'],
  ])('refuses with %s', async (_, allow, message) => {
    const { clock, page, simulator } = world({ allow })
    await expect(clock.settle(page.run(model, input))).rejects.toMatchObject({
      kind: 'rejected',
      code: 403,
      message,
    })
    expect(simulator.journal.requests).toEqual([])
  })

  test('refuses one attempt, and not the next of the same name', async () => {
    const allow = vi.fn<Allow>(() => true).mockReturnValueOnce('Not yet.')
    const { clock, page, simulator } = world({ allow })
    await expect(
      clock.settle(page.tasks.create(model, input, { attemptId: 'a' })),
    ).rejects.toMatchObject({ kind: 'rejected' })
    await clock.settle(page.tasks.create(model, input, { attemptId: 'a' }))
    expect(simulator.journal.bought).toBe(1)
  })

  test.each<[string, Allow]>([
    ['throws', () => Promise.reject(new Error('no database'))],
    ['never answers', () => new Promise(() => {})],
  ])(
    'that %s buys nothing, leaves nothing in doubt, and its words stay on the server',
    async (_, failing) => {
      const allow = vi.fn<Allow>(() => true).mockImplementationOnce(failing)
      const { clock, proxy, page, simulator, errors } = world({ allow })
      const answer = await clock.settle(proxy.fetch(post(createTask, { model, input })))
      expect(answer.status).toBe(503)
      expect(await answer.text()).not.toContain('database')
      expect(errors).toEqual([
        expect.objectContaining({ message: expect.stringMatching(/^allow /) }),
      ])
      expect(simulator.journal.requests).toEqual([])
      await clock.settle(page.tasks.create(model, input))
      expect(simulator.journal.bought).toBe(1)
    },
  )
})

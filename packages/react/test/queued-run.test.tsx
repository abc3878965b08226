import { afterEach, expect, test } from 'vitest'
import { createScene, input, leavePage } from './page.tsx'

afterEach(leavePage)

const idle = { status: 'idle', taskId: undefined }

test.each([
  ['continues by itself', () => {}, { status: 'success' }, 2],
  ['is prevented by stop', ({ stop }: Controls) => stop(), idle, 1],
  ['is prevented by reset', ({ reset }: Controls) => reset(), idle, 1],
])('A run that waits for the limit of its user %s.', async (_, act, state, creates) => {
  const { load, pass, simulator } = await createScene(
    {},
    { limits: { creates: { limit: 1, interval: 60_000 } } },
  )
  const page = load()
  const [first, second] = [page.show(), page.show()]
  await pass(1000, () => first.result.current.run(input))
  await pass(1000, () => second.result.current.run(input))
  expect(second.result.current).toMatchObject({ status: 'pending', phase: 'queued' })
  await pass(120_000, () => act(second.result.current))
  expect(second.result.current).toMatchObject(state)
  expect(simulator.journal.tasks).toHaveLength(creates)
  await pass(1000, () => second.result.current.run({ ...input, image_size: 'square' }))
  await pass(120_000)
  expect(second.result.current).toMatchObject({ status: 'success' })
})

interface Controls {
  readonly stop: () => void
  readonly reset: () => void
}

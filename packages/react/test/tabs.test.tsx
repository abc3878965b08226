import { act } from '@testing-library/react'
import { FakeLocks } from 'test-kit/locks'
import { afterEach, expect, test } from 'vitest'
import {
  createScene,
  input,
  leavePage,
  named,
  reportWrites,
  setLocks,
  slowCreate,
} from './page.tsx'

afterEach(leavePage)

/** Two tabs, of which the first runs. The second one knows what `localStorage` holds. */
async function twoTabs(scenario: Parameters<typeof createScene>[0] = {}) {
  setLocks(new FakeLocks())
  const scene = await createScene(scenario)
  const [one, other] = [scene.load().show(named), scene.load().show(named)]
  const states: unknown[] = []
  const report = reportWrites(scene.stored)
  const follow = async (): Promise<unknown> => {
    await scene.pass(1, report)
    const { current } = other.result
    states.push(current.status === 'pending' ? current.phase : current.status)
    return current
  }
  return { scene, one, other, states, follow }
}

test('A tab shows each step of the run of another tab at once, and no input.', async () => {
  const { scene, one, other, states, follow } = await twoTabs(slowCreate)
  await scene.pass(1000, () => void one.result.current.run(input))
  await follow()
  expect(await other.result.current.run(input)).toEqual({ status: 'ignored', reason: 'pending' })
  await scene.pass(6000)
  await follow()
  await scene.pass(20_000)
  await follow()
  act(() => one.result.current.reset())
  await scene.pass(1)
  await follow()
  expect(states).toEqual(['creating', 'waiting', 'success', 'idle'])
  expect(other.result.current.input).toBeUndefined()
  expect(scene.simulator.journal.tasks).toHaveLength(1)
})

test.each([
  ['stop', { status: 'idle', taskId: expect.any(String) }],
  ['reset', { status: 'idle', taskId: undefined }],
] as const)('%s() in one tab ends the wait in the other.', async (control, state) => {
  const { scene, one, other, follow } = await twoTabs()
  await scene.pass(5000, () => void one.result.current.run(input))
  await follow()
  expect(other.result.current).toMatchObject({ phase: 'waiting' })
  await scene.pass(1, () => one.result.current[control]())
  expect(await follow()).toMatchObject(state)
})

test('stop() in the other tab also stops a run whose create is in flight.', async () => {
  const { scene, one, other, follow } = await twoTabs(slowCreate)
  await scene.pass(1000, () => void one.result.current.run(input))
  await follow()
  await scene.pass(6000, () => other.result.current.stop())
  expect(await follow()).toMatchObject({ status: 'idle', taskId: expect.any(String) })
  await follow()
  expect(one.result.current).toMatchObject({ status: 'idle', taskId: expect.any(String) })
})

test.each([
  ['a refusal', { credits: 0, ...slowCreate }, 'insufficient-credits'],
  ['a failed task', { outcomes: [{ state: 'fail' }] } as const, 'task-failed'],
])('Both tabs show the error of %s.', async (_name, scenario, kind) => {
  const { scene, one, other, follow } = await twoTabs(scenario)
  await scene.pass(0, () => void one.result.current.run(input))
  for (let waited = 0; waited < 60; waited += 1) {
    await scene.pass(1000)
    await follow()
  }
  const error = { status: 'error', error: { kind } }
  expect([one.result.current, other.result.current]).toMatchObject([error, error])
})

test('Without locks, a tab does not read a create that is in flight.', async () => {
  const { scene, one, other, follow } = await twoTabs(slowCreate)
  setLocks(undefined)
  await scene.pass(1000, () => void one.result.current.run(input))
  await follow()
  expect(other.result.current.status).toBe('idle')
  await scene.pass(5000)
  await follow()
  expect(other.result.current).toMatchObject({ phase: 'waiting' })
})

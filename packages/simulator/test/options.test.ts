import { expect, test } from 'vitest'
import { createSimulator, startSimulator } from '../src/index.ts'

test.each<[string, object, RegExp]>([
  ['an outcome without its list', { outcomes: { state: 'fail' } }, /outcomes/],
  ['a range in the words of the command line', { latency: '1s..2s' }, /latency/],
  ['a name that is misspelled', { credit: 1 }, /has no credit/],
  ['an outcome that is none', { outcomes: [{ state: 'failed' }] }, /outcomes\[0\]/],
])('%s is refused, and not taken for nothing', async (_, options, place) => {
  expect(() => createSimulator(options)).toThrow(place)
  await expect(startSimulator(options)).rejects.toThrow(place)
})

test('what is undefined is not given, and what a program adds is no part of the scenario', async () => {
  const given = {
    seed: undefined,
    latency: 10,
    history: 5,
    capacity: 1000,
    cors: '*',
    check: true,
    origin: 'http://a.example',
  } as const
  expect(createSimulator(Object(given)).journal.bought).toBe(0)
  const server = await startSimulator({ port: 0, host: '127.0.0.1', latency: [1, 2] })
  await server.stop()
})

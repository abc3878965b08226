import { expect, test } from 'vitest'
import { createSimulator, startSimulator } from '../src/index.ts'

test.each<[string, object, RegExp]>([
  ['a value in place of a list', { outcomes: { state: 'fail' } }, /outcomes/],
  ['a range of the command line', { latency: '1s..2s' }, /latency/],
  ['a misspelled name', { credit: 1 }, /has no credit/],
  ['an unknown state', { outcomes: [{ state: 'failed' }] }, /outcomes\[0\]/],
])('%s is refused', async (_, options, place) => {
  expect(() => createSimulator(options)).toThrow(place)
  await expect(startSimulator(options)).rejects.toThrow(place)
})

test('undefined and the options of a program are accepted', () => {
  const options = { seed: undefined, cors: [], callbacks: {} }
  expect(createSimulator(Object(options)).journal.charged).toBe(0)
})

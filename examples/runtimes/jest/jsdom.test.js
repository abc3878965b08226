/** @jest-environment jsdom */

test('all packages load in jsdom alone, which has no fetch', () => {
  const { createSimulator } = require('@apikley/simulator')
  const { createApikley } = require('@apikley/client')
  expect(require('@apikley/react').useRun).toBeInstanceOf(Function)
  expect(createSimulator().journal.tasks).toEqual([])
  expect(createApikley().run).toBeInstanceOf(Function)
})

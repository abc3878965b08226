import type { Apikley, ApikleyError, Task } from '@apikley/client'
import { useQuery } from '@tanstack/react-query'
import { expectTypeOf, test } from 'vitest'
import { apikleyOptions, useRun, useTask } from '../src/index.ts'

declare const apikley: Apikley

test('the state of a run carries what exists, and nothing else', () => {
  const reframe = useRun('ideogram/v3-reframe')
  if (reframe.status === 'success') expectTypeOf(reframe.urls).toEqualTypeOf<readonly string[]>()
  if (reframe.status === 'error') expectTypeOf(reframe.error).toEqualTypeOf<ApikleyError>()
  if (reframe.status === 'pending' && reframe.phase === 'waiting') expectTypeOf(reframe.task).toEqualTypeOf<Task | undefined>()
  // @ts-expect-error there is no result yet
  if (reframe.status === 'pending') reframe.urls.at(0)
})

test('the input is that of the model, and a file is welcome', () => {
  const reframe = useRun('ideogram/v3-reframe')
  reframe.run({ image_url: new File([], 'a.png'), image_size: 'square' })
  reframe.run({
    image_url: 'https://files.example.com/a.png',
    // @ts-expect-error no such size
    image_size: 'wide',
  })
  // @ts-expect-error no such model
  useRun('ideogram/v9-reframe')
})

test('queries know their data and their error', () => {
  const { data, error } = useQuery(apikleyOptions(apikley).getAccountCredits())
  expectTypeOf(data).toEqualTypeOf<number | undefined>()
  expectTypeOf(error).toEqualTypeOf<ApikleyError | null>()
  // @ts-expect-error a task has an id
  apikleyOptions(apikley).getTaskDetails({})
})

test('a task that has succeeded has addresses', () => {
  const state = useTask('task_1')
  if (state.status === 'success') expectTypeOf(state.urls).toEqualTypeOf<readonly string[]>()
})

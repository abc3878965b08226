import type { Apikley, ApikleyError, Task } from '@apikley/client'
import {
  QueryClient,
  skipToken,
  useQueries,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query'
import { expectTypeOf, test } from 'vitest'
import { apikleyOptions, taskOptions, useRun, useTask } from '../src/index.ts'

declare const apikley: Apikley

test('the state of a run carries what exists, and nothing else', () => {
  const reframe = useRun('ideogram/v3-reframe')
  if (reframe.status === 'success') {
    expectTypeOf(reframe.urls).toEqualTypeOf<readonly string[]>()
  }
  if (reframe.status === 'error') {
    expectTypeOf(reframe.error).toEqualTypeOf<ApikleyError>()
  }
  if (reframe.status === 'pending' && reframe.phase === 'waiting') {
    expectTypeOf(reframe.task).toEqualTypeOf<Task | undefined>()
  }
  if (reframe.status === 'pending') {
    // @ts-expect-error there is no result yet
    reframe.urls.at(0)
  }
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

test('a run tells what can be done next', () => {
  const reframe = useRun('ideogram/v3-reframe', {
    persistKey: 'hero',
    store: { getItem: async () => null, setItem: async () => {}, removeItem: () => {} },
  })
  if (reframe.status === 'idle') {
    expectTypeOf(reframe.taskId).toEqualTypeOf<string | undefined>()
  }
  if (reframe.status === 'pending' && reframe.phase === 'uploading') {
    expectTypeOf(reframe.progress).toEqualTypeOf<{
      readonly loaded: number
      readonly total: number
    }>()
  }
  if (reframe.status === 'error') {
    expectTypeOf(reframe.resumable).toEqualTypeOf<boolean>()
  }
  expectTypeOf(reframe.resume).toEqualTypeOf<(taskId?: string) => void>()
  // @ts-expect-error an event is no id
  const button = <button onClick={reframe.resume} />
  if (reframe.status === 'pending' && reframe.phase === 'waiting') {
    // @ts-expect-error there is no progress while it waits
    reframe.progress.loaded.toFixed()
  }
  return button
})

test('keys carry the type of their data, wherever options go', () => {
  const queries = new QueryClient()
  const options = apikleyOptions(apikley).getTaskDetails({ taskId: 'task_1' })
  expectTypeOf(queries.getQueryData(options.queryKey)?.taskId).toEqualTypeOf<string | undefined>()
  expectTypeOf(queries.getQueryData(taskOptions(apikley, 'task_1').queryKey)).toEqualTypeOf<
    Task | undefined
  >()
  expectTypeOf(useSuspenseQuery(options).data.taskId).toEqualTypeOf<string>()
  expectTypeOf(useSuspenseQuery(taskOptions(apikley, 'task_1')).data).toEqualTypeOf<Task>()
  expectTypeOf(useQueries({ queries: [taskOptions(apikley, 'task_1')] })[0].data).toEqualTypeOf<
    Task | undefined
  >()
  expectTypeOf(
    useQuery(apikleyOptions(apikley).getTaskDetails(skipToken)).data?.taskId,
  ).toEqualTypeOf<string | undefined>()
  // @ts-expect-error what is not known yet cannot be waited for
  useSuspenseQuery(apikleyOptions(apikley).getTaskDetails(skipToken))
})

test('a task that has succeeded has addresses', () => {
  const state = useTask('task_1')
  useTask(undefined)
  useTask(skipToken)
  if (state.status === 'success') {
    expectTypeOf(state.urls).toEqualTypeOf<readonly string[]>()
  }
})

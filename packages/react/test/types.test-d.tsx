import type { Apikley, ApikleyError, ImageResult, Task } from '@apikley/client'
import type { ModelInput } from '@apikley/types'
import {
  QueryClient,
  skipToken,
  useQueries,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query'
import createClient from 'openapi-react-query'
import { expectTypeOf, test } from 'vitest'
import { apikleyOptions, taskOptions, useRun, useTask, type RunOutcome } from '../src/index.ts'

declare const apikley: Apikley

test('Each state of a run has its own fields.', () => {
  const reframe = useRun('ideogram/v3-reframe')
  if (reframe.status === 'success') {
    expectTypeOf(reframe.urls).toEqualTypeOf<readonly string[]>()
    // @ts-expect-error a picture has no text
    reframe.text.trim()
  }
  const speech = useRun('elevenlabs/speech-to-text')
  if (speech.status === 'success') {
    expectTypeOf(speech.text).toEqualTypeOf<string>()
  }
  if (reframe.status === 'error') {
    expectTypeOf(reframe.error).toEqualTypeOf<ApikleyError>()
  }
  if (reframe.status === 'pending' && reframe.phase === 'waiting') {
    expectTypeOf(reframe.task).toEqualTypeOf<Task | undefined>()
  }
  if (reframe.status === 'pending') {
    // @ts-expect-error a pending run has no result
    reframe.urls.at(0)
  }
})

test('The input has the fields of the model, and may hold files.', () => {
  const reframe = useRun('ideogram/v3-reframe')
  reframe.run({ image_url: new File([], 'a.png'), image_size: 'square' })
  reframe.run({
    image_url: 'https://files.example.com/a.png',
    // @ts-expect-error an unknown size
    image_size: 'wide',
  })
  // @ts-expect-error an unknown model
  useRun('ideogram/v9-reframe')
})

test('Queries have the types of their data and errors.', () => {
  const { data, error } = useQuery(apikleyOptions(apikley).getAccountCredits())
  expectTypeOf(data).toEqualTypeOf<number | undefined>()
  expectTypeOf(error).toEqualTypeOf<ApikleyError | null>()
  // @ts-expect-error the id is missing
  apikleyOptions(apikley).getTaskDetails({})
})

test('A run has its controls and the fields of each state.', () => {
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
  expectTypeOf(reframe.resume).toEqualTypeOf<
    (taskId?: string) => Promise<RunOutcome<ImageResult>>
  >()
  expectTypeOf(reframe.retry).toEqualTypeOf<() => Promise<RunOutcome<ImageResult>>>()
  expectTypeOf(reframe.input).toEqualTypeOf<ModelInput<'ideogram/v3-reframe'> | undefined>()
  // @ts-expect-error an event is not an id
  const button = <button onClick={reframe.resume} />
  if (reframe.status === 'pending' && reframe.phase === 'waiting') {
    // @ts-expect-error a wait has no progress
    reframe.progress.loaded.toFixed()
  }
  return button
})

test('Query keys carry the type of their data.', () => {
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
  // @ts-expect-error suspense needs the parameters
  useSuspenseQuery(apikleyOptions(apikley).getTaskDetails(skipToken))
})

test('The outcome of a call and the callbacks have the result of the model.', async () => {
  const speech = useRun('elevenlabs/speech-to-text', {
    onSuccess: ({ text }, input) => text.concat(input?.audio_url instanceof Blob ? 'file' : ''),
  })
  const outcome = await speech.run({ audio_url: 'https://files.example.com/a.mp3' })
  // @ts-expect-error the run may have failed
  outcome.text.trim()
  if (outcome.status === 'success') {
    expectTypeOf(outcome.text).toEqualTypeOf<string>()
  }
})

test('A finished task has URLs.', () => {
  const state = useTask('task_1')
  useTask(undefined)
  useTask(skipToken)
  if (state.status === 'success') {
    expectTypeOf(state.urls).toEqualTypeOf<readonly string[]>()
    expectTypeOf(state.text).toEqualTypeOf<string>()
  }
})

test('openapi-react-query takes the api of a client.', () => {
  const { data } = createClient(apikley.api).useQuery('get', '/api/v1/chat/credit')
  expectTypeOf(data?.code === 200 && data.data).toEqualTypeOf<number | false>()
})

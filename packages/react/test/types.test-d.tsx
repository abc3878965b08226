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
type Maybe<Value> = Value | undefined

test('A run has its controls and the fields of each state.', () => {
  const reframe = useRun('ideogram/v3-reframe', {
    persistKey: 'hero',
    store: { getItem: async () => null, setItem: async () => {}, removeItem: () => {} },
  })
  if (reframe.status === 'idle') {
    expectTypeOf(reframe.taskId).toEqualTypeOf<Maybe<string>>()
  } else if (reframe.status === 'success') {
    expectTypeOf(reframe.urls).toEqualTypeOf<readonly string[]>()
    // @ts-expect-error a picture has no text
    reframe.text.trim()
  } else if (reframe.status === 'error') {
    expectTypeOf(reframe.error).toEqualTypeOf<ApikleyError>()
    expectTypeOf(reframe.resumable).toEqualTypeOf<boolean>()
  } else if (reframe.phase === 'uploading') {
    type Progress = { readonly loaded: number; readonly total: number }
    expectTypeOf(reframe.progress).toEqualTypeOf<Progress>()
  } else if (reframe.phase === 'waiting') {
    expectTypeOf(reframe.task).toEqualTypeOf<Maybe<Task>>()
    // @ts-expect-error a wait has no progress
    reframe.progress.loaded.toFixed()
    // @ts-expect-error a pending run has no result
    reframe.urls.at(0)
  }
  type Outcome = Promise<RunOutcome<ImageResult>>
  expectTypeOf(reframe.resume).toEqualTypeOf<(taskId?: string) => Outcome>()
  expectTypeOf(reframe.retry).toEqualTypeOf<() => Outcome>()
  expectTypeOf(reframe.input).toEqualTypeOf<Maybe<ModelInput<'ideogram/v3-reframe'>>>()
  // @ts-expect-error an event is not an id
  return <button onClick={reframe.resume} />
})

test('The input has the fields of the model, and may hold files.', () => {
  const reframe = useRun('ideogram/v3-reframe')
  reframe.run({ image_url: new File([], 'a.png'), image_size: 'square' })
  // @ts-expect-error an unknown size
  reframe.run({ image_url: 'https://files.example.com/a.png', image_size: 'wide' })
  // @ts-expect-error an unknown model
  useRun('ideogram/v9-reframe')
})

test('Queries and their keys have the types of data and errors.', () => {
  const { getAccountCredits, getTaskDetails } = apikleyOptions(apikley)
  const { data, error } = useQuery(getAccountCredits())
  expectTypeOf(data).toEqualTypeOf<Maybe<number>>()
  expectTypeOf(error).toEqualTypeOf<ApikleyError | null>()
  // @ts-expect-error the id is missing
  getTaskDetails({})

  const queries = new QueryClient()
  const [details, task] = [getTaskDetails({ taskId: 'task_1' }), taskOptions(apikley, 'task_1')]
  expectTypeOf(queries.getQueryData(details.queryKey)?.taskId).toEqualTypeOf<Maybe<string>>()
  expectTypeOf(queries.getQueryData(task.queryKey)).toEqualTypeOf<Maybe<Task>>()
  expectTypeOf(useSuspenseQuery(details).data.taskId).toEqualTypeOf<string>()
  expectTypeOf(useSuspenseQuery(task).data).toEqualTypeOf<Task>()
  expectTypeOf(useQueries({ queries: [task] })[0].data).toEqualTypeOf<Maybe<Task>>()
  expectTypeOf(useQuery(getTaskDetails(skipToken)).data?.taskId).toEqualTypeOf<Maybe<string>>()
  // @ts-expect-error suspense needs the parameters
  useSuspenseQuery(getTaskDetails(skipToken))
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

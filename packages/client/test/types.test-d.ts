import type { components, ModelId, ModelInput } from '@apikley/types'
import { expectTypeOf, test } from 'vitest'
import { untyped } from '../src/index.ts'
import type { Apikley, AudioResult, Charge, Recovery, Task } from '../src/index.ts'
import type { TextResult, VideoResult } from '../src/index.ts'
import type { RequiredKeys } from './contract/tables.ts'
import { MODEL } from './replies.ts'
import { input, withFile } from './service.ts'

/** Compiled and not run. Each error has to be on the wrong property. */
const compiled = (_call: (apikley: Apikley) => unknown): void => {}

test('fields with a default are optional', () => {
  compiled((apikley) => apikley.run(MODEL, input))
  expectTypeOf<{ image_url: string; image_size: 'square' }>().toExtend<ModelInput<typeof MODEL>>()
})

test('run and create accept a file instead of a URL', () => {
  compiled(({ run }) => run(MODEL, withFile))
  compiled(({ tasks }) => tasks.create(MODEL, withFile))
})

test('the result has the type of what the model makes', () => {
  compiled(async (apikley) => {
    const video = await apikley.run('wan/2-6-text-to-video', { prompt: 'a cat' })
    expectTypeOf(video).toEqualTypeOf<VideoResult>()
    const speech = await apikley.run('elevenlabs/speech-to-text', { audio_url: new Blob() })
    expectTypeOf(speech).toEqualTypeOf<TextResult>()
  })
})

test('an answer of api narrows by its code', () => {
  compiled(async ({ api }) => {
    const { data } = await api.GET('/api/v1/jobs/recordInfo', { params: { query: { taskId: '' } } })
    if (data?.code === 200) {
      expectTypeOf(data.data.taskId).toEqualTypeOf<string>()
    }
    const balance = await api.GET('/api/v1/chat/credit')
    expectTypeOf(balance.data?.code === 200 && balance.data.data).toEqualTypeOf<number | false>()
  })
})

declare module '../src/index.ts' {
  interface Models {
    'vendor/new-model': { input: { prompt: string }; output: 'audio' }
    // The published types are used.
    'ideogram/v3-reframe': { input: { owner: string } }
  }
}

test('a declared model and one without types are accepted', () => {
  compiled(async (apikley) => {
    const sound = await apikley.run('vendor/new-model', { prompt: 'rain' })
    expectTypeOf(sound).toEqualTypeOf<AudioResult>()
    const any = await apikley.run(untyped('vendor/other'), { prompt: 'a cat', file: new Blob() })
    expectTypeOf(any.text).toEqualTypeOf<string>()
    // @ts-expect-error A plain text is not an id.
    await apikley.run('vendor/other', { prompt: 'a cat' })
  })
})

test('an invalid input is an error on its field, and an unknown model on its id', () => {
  compiled(({ run }) => {
    void run(MODEL, {
      ...input,
      // @ts-expect-error The size does not exist.
      image_size: 'wide',
    })
    void run(MODEL, {
      ...input,
      // @ts-expect-error The value is a digit in a string.
      num_images: 2,
    })
    void run(MODEL, {
      ...input,
      // @ts-expect-error The field does not exist.
      prompt: 'a cat',
    })
    void run(
      MODEL,
      // @ts-expect-error The size is missing.
      { image_url: 'https://a.example/1.png' },
    )
    void run(
      // @ts-expect-error The model does not exist.
      'ideogram/v9-reframe',
      input,
    )
  })
})

test('an enum has every documented value and no other', () => {
  type Input = ModelInput<'ideogram/v3-reframe'>
  expectTypeOf<Input['image_size']>().toEqualTypeOf<
    'square' | 'square_hd' | 'portrait_4_3' | 'portrait_16_9' | 'landscape_4_3' | 'landscape_16_9'
  >()
  expectTypeOf<Input['num_images']>().toEqualTypeOf<'1' | '2' | '3' | '4' | undefined>()
  expectTypeOf<Input['seed']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<'ideogram/v3-reframe'>().toExtend<ModelId>()
})

test('results and errors have types', () => {
  expectTypeOf<RequiredKeys<components['schemas']['ErrorResponse']>>().toEqualTypeOf<
    'code' | 'msg'
  >()
  expectTypeOf<Apikley['credits']>().returns.resolves.toEqualTypeOf<number>()
  expectTypeOf<Task['urls']>().toEqualTypeOf<readonly string[]>()
  expectTypeOf<'queuing'>().toExtend<Task['state']>()
})

test('the result of recover is a union by status', () => {
  const check = (found: Recovery): string | undefined => {
    if (found.status === 'created') {
      expectTypeOf(found.taskId).toEqualTypeOf<string>()
      return found.taskId
    }
    if (found.status === 'refused' || found.status === 'unconfirmed') {
      expectTypeOf(found.error.charge).toEqualTypeOf<Charge>()
    }
    // @ts-expect-error Only a created task has an id.
    return found.taskId
  }
  expectTypeOf(check).returns.toEqualTypeOf<string | undefined>()
})

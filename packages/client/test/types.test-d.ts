import type { components, ModelId, ModelInput } from '@apikley/types'
import { expectTypeOf, test } from 'vitest'
import type { Apikley, Task } from '../src/index.ts'
import type { RequiredKeys } from './prism.ts'

/**
 * Compiled, not run: the compiler is the one that asserts here. Each error has to land on the
 * property that is wrong.
 */
const compiled = (_call: (apikley: Apikley) => unknown): void => {}

test('fields with a default may be left out', () => {
  compiled((apikley) =>
    apikley.run('ideogram/v3-reframe', {
      image_url: 'https://a.example/1.png',
      image_size: 'square_hd',
    }),
  )
  expectTypeOf<{ image_url: string; image_size: 'square' }>().toExtend<
    ModelInput<'ideogram/v3-reframe'>
  >()
})

test('run and create accept a file instead of a URL', () => {
  compiled((apikley) =>
    apikley.run('ideogram/v3-reframe', { image_url: new Blob(), image_size: 'square' }),
  )
  compiled((apikley) =>
    apikley.tasks.create('ideogram/v3-reframe', {
      image_url: new Blob(),
      image_size: 'square',
    }),
  )
})

test('a wrong value is an error on its field', () => {
  compiled((apikley) =>
    apikley.run('ideogram/v3-reframe', {
      image_url: 'https://a.example/1.png',
      // @ts-expect-error no such size
      image_size: 'wide',
    }),
  )
})

test('a number where a digit in a string belongs is an error on its field', () => {
  compiled((apikley) =>
    apikley.run('ideogram/v3-reframe', {
      image_url: 'https://a.example/1.png',
      image_size: 'square',
      // @ts-expect-error '2' is meant
      num_images: 2,
    }),
  )
})

test('an unknown field is an error on that field', () => {
  compiled((apikley) =>
    apikley.run('ideogram/v3-reframe', {
      image_url: 'https://a.example/1.png',
      image_size: 'square',
      // @ts-expect-error no such field
      prompt: 'a cat',
    }),
  )
})

test('a field that is missing is an error on the input', () => {
  compiled((apikley) =>
    apikley.run(
      'ideogram/v3-reframe',
      // @ts-expect-error image_size is missing
      { image_url: 'https://a.example/1.png' },
    ),
  )
})

test('an unknown model is an error on its id', () => {
  compiled((apikley) =>
    apikley.run(
      // @ts-expect-error no such model
      'ideogram/v9-reframe',
      { image_url: 'https://a.example/1.png', image_size: 'square' },
    ),
  )
})

test('every value of an enum, and no other', () => {
  type Input = ModelInput<'ideogram/v3-reframe'>
  expectTypeOf<Input['image_size']>().toEqualTypeOf<
    'square' | 'square_hd' | 'portrait_4_3' | 'portrait_16_9' | 'landscape_4_3' | 'landscape_16_9'
  >()
  expectTypeOf<Input['num_images']>().toEqualTypeOf<'1' | '2' | '3' | '4' | undefined>()
  expectTypeOf<Input['seed']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<'ideogram/v3-reframe'>().toExtend<ModelId>()
})

test('an error inside HTTP 200 always has a code and words', () => {
  expectTypeOf<RequiredKeys<components['schemas']['ErrorResponse']>>().toEqualTypeOf<
    'code' | 'msg'
  >()
})

test('results have types', () => {
  expectTypeOf<Apikley['credits']>().returns.resolves.toEqualTypeOf<number>()
  expectTypeOf<Task['urls']>().toEqualTypeOf<readonly string[]>()
  expectTypeOf<'queuing'>().toExtend<Task['state']>()
})

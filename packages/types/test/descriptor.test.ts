import { describe, expect, expectTypeOf, test } from 'vitest'
import { v3Reframe } from '../src/generated/models/ideogram/v3-reframe.ts'
import type { ModelDescriptor, ModelRequest } from '../src/index.ts'

const input = { image_url: 'https://files.example.com/a.png', image_size: 'square_hd' }

function problems(value: unknown): unknown {
  const result = v3Reframe['~standard'].validate(value)
  if (result instanceof Promise) {
    throw new Error('Validation is synchronous')
  }
  return result.issues?.map(({ path, message }) => `${path?.map(String).join('.')}: ${message}`)
}

describe('a model descriptor', () => {
  test('says everything that a form needs', () => {
    expect(v3Reframe.id).toBe('ideogram/v3-reframe')
    expect(v3Reframe.fields.image_url).toMatchObject({
      required: true,
      media: { types: ['image/jpeg', 'image/png', 'image/webp'], maxBytes: 10 * 1024 * 1024 },
    })
    expect(v3Reframe.fields.image_size).toMatchObject({
      required: true,
      schema: { default: 'square_hd' },
    })
    expect(v3Reframe.fields.image_size.schema.enum).toContain('landscape_16_9')
    expect(v3Reframe.fields.num_images).toMatchObject({
      required: false,
      schema: { type: 'string', enum: ['1', '2', '3', '4'] },
    })
  })

  test('is a Standard Schema of the input, which it gives back as it came', () => {
    const result = v3Reframe['~standard'].validate(input)
    expect(result).toEqual({ value: input })
    expect('value' in result && result.value).toBe(input)
    expectTypeOf<NonNullable<(typeof v3Reframe)['~standard']['types']>['output']>().toEqualTypeOf<
      ModelRequest<'ideogram/v3-reframe'>['input']
    >()
  })

  test.each([
    ['a missing field', { image_url: 'https://a.example' }, ['image_size: This field is required']],
    [
      'a value that is not allowed',
      { ...input, style: 'SURREAL' },
      [expect.stringMatching(/^style: .*"AUTO","GENERAL","REALISTIC","DESIGN"/)],
    ],
    [
      'a number in the place of a digit',
      { ...input, num_images: 2 },
      [expect.stringMatching(/^num_images: .*string/), expect.any(String)],
    ],
    ['no object at all', 'image', [expect.stringMatching(/^: .*object/)]],
  ])('finds %s', (_, value, expected) => {
    expect(problems(value)).toEqual(expected)
  })

  test('lets unknown fields pass: the service may know them', () => {
    expect(problems({ ...input, nsfw_checker: true })).toBeUndefined()
  })

  test('takes what is undefined for what is not there, as JSON does', () => {
    expect(problems({ ...input, seed: undefined })).toBeUndefined()
    expect(problems({ ...input, image_size: undefined })).toEqual([
      'image_size: This field is required',
    ])
  })

  test('finds fault with what is no JSON, and never throws', () => {
    const circle: Record<string, unknown> = { ...input }
    circle.self = circle
    for (const value of [undefined, circle, { ...input, seed: 1n }, () => {}, Symbol('s')]) {
      expect(problems(value)).toHaveLength(1)
    }
  })

  test('fits where any descriptor is taken', () => {
    expectTypeOf(v3Reframe).toExtend<ModelDescriptor>()
  })
})

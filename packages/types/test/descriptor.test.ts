import { describe, expect, expectTypeOf, test } from 'vitest'
import { defineModel } from '../src/define-model.ts'
import { models } from '../src/generated/models.ts'
import { v3Reframe } from '../src/generated/models/ideogram/v3-reframe.ts'
import type { FieldSchema, ModelDescriptor, ModelRequest } from '../src/index.ts'

const input = { image_url: 'https://files.example.com/a.png', image_size: 'square_hd' }

function problems(value: unknown): unknown {
  const result = v3Reframe['~standard'].validate(value)
  if (result instanceof Promise) {
    throw new Error('Validation is synchronous')
  }
  return result.issues?.map(({ message }) => message)
}

describe('a model descriptor', () => {
  test('a descriptor has the fields of the input with their limits', () => {
    expect(v3Reframe).toMatchObject({
      id: 'ideogram/v3-reframe',
      fields: {
        image_url: {
          required: true,
          media: { types: ['image/jpeg', 'image/png', 'image/webp'], maxBytes: 10 * 1024 * 1024 },
        },
        image_size: { required: true, schema: { default: 'square_hd' } },
        num_images: { required: false, schema: { type: 'string', enum: ['1', '2', '3', '4'] } },
      },
    })
  })

  test('a descriptor is a Standard Schema that returns a valid input unchanged', () => {
    const result = v3Reframe['~standard'].validate(input)
    expect('value' in result && result.value).toBe(input)
    expectTypeOf(v3Reframe).toExtend<ModelDescriptor>()
    expectTypeOf<NonNullable<(typeof v3Reframe)['~standard']['types']>['output']>().toEqualTypeOf<
      ModelRequest<'ideogram/v3-reframe'>['input']
    >()
  })

  test.each([
    ['a missing field', { image_url: 'https://a.example' }, ['image_size is required']],
    ['an undefined field', { ...input, image_size: undefined }, ['image_size is required']],
    ['an undefined optional field', { ...input, seed: undefined }, undefined],
    ['a field that only the service knows', { ...input, nsfw_checker: true }, undefined],
    [
      'a value outside an enum',
      { ...input, style: 'SURREAL' },
      ['style must be one of "AUTO", "GENERAL", "REALISTIC", "DESIGN" (text), got "SURREAL"'],
    ],
    [
      'a number in place of a digit',
      { ...input, num_images: 2 },
      ['num_images must be one of "1", "2", "3", "4" (text), got 2'],
    ],
    ['a text in place of an object', 'image', ['the input must be an object, got "image"']],
    ['a value of another type', { ...input, seed: [7] }, ['seed must be a number, got [7]']],
  ])('reports the problems of %s', (_, value, expected) => {
    expect(problems(value)).toEqual(expected)
  })

  test('refuses values that JSON cannot hold, and never throws', () => {
    const circle: Record<string, unknown> = { ...input }
    circle.self = circle
    for (const value of [undefined, circle, { ...input, seed: 1n }, () => {}, Symbol('s')]) {
      expect(problems(value)).toHaveLength(1)
    }
  })

  test('a descriptor is a Standard JSON Schema of the input', () => {
    const { input: toSchema } = v3Reframe['~standard'].jsonSchema
    for (const target of ['draft-2020-12', 'draft-07']) {
      expect(toSchema({ target })).toMatchObject({
        $schema: expect.stringContaining(target.replace('draft-2020-12', '2020-12')),
        required: ['image_url', 'image_size'],
        properties: { num_images: { enum: ['1', '2', '3', '4'] } },
      })
    }
    expect(() => toSchema({ target: 'openapi-3.0' })).toThrow('use draft-2020-12 or draft-07')
  })

  test('every descriptor is part of the list of all models', () => {
    const { id, title, output, note } = v3Reframe
    expect(note).toContain('kie.ai has retired this model')
    expect(models).toContainEqual({ id, title, output, note })
  })

  test.each<[string, FieldSchema & { readonly pattern?: string }, unknown, string]>([
    ['a limit of numbers', { maximum: 1 }, 2, 'value must be at most 1, got 2'],
    ['a limit of text', { maxLength: 2 }, 'abc', 'value must have at most 2 characters, got "abc"'],
    ['a limit of lists', { minItems: 1 }, [], 'value must have at least 1 item, got []'],
    ['a list item', { items: { type: 'boolean' } }, [1], 'value.0 must be true or false, got 1'],
    [
      'a long value',
      { type: 'integer' },
      'a'.repeat(99),
      'value must be a whole number, got 99 characters',
    ],
    [
      'another rule',
      { pattern: '^a' },
      'b',
      expect.stringMatching(/^value is not valid \(.*\), got "b"/),
    ],
  ])('explains %s', (_, schema, value, message) => {
    const fields = { value: { required: true, schema } }
    const model = defineModel({ ...v3Reframe }, fields)
    expect(model['~standard'].validate({ value })).toMatchObject({ issues: [{ message }] })
  })
})

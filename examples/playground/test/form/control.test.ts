import type { Field, Fields } from '@apikley/types'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { describe, expect, test } from 'vitest'
import { controlOf } from '../../src/form/control.ts'
import { fieldHint } from '../../src/form/field-props.ts'
import { optionLabel } from '../../src/form/label.ts'
import { inputOf, isChanged, presetsOf, summaryOf } from '../../src/form/values.ts'
import { fields } from './made-up-model.ts'

const kinds = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const control = controlOf(name, field)
      return [name, control.kind === 'choice' ? control.look : control.kind]
    }),
  )

describe('the form of a model', () => {
  test('Each field has the control of its schema.', () => {
    expect(kinds(v3Reframe.fields)).toEqual({
      image_url: 'media',
      image_size: 'frames',
      rendering_speed: 'row',
      style: 'row',
      num_images: 'row',
      seed: 'number',
    })
    expect(kinds(fields)).toEqual({
      prompt: 'text',
      input_urls: 'media',
      audio_url: 'media',
      aspect_ratio: 'frames',
      duration: 'row',
      voice: 'list',
      guidance_scale: 'number',
      steps: 'number',
      seed: 'number',
      generate_audio: 'switch',
      tags: 'texts',
      dialogue: 'rows',
      camera: 'json',
    })
  })

  test.each<[name: string, schema: Field['schema'], isLong: boolean]>([
    ['prompt', { type: 'string' }, true],
    ['previous_text', { type: 'string', maxLength: 100 }, true],
    ['Scene', { type: 'string' }, true],
    ['notes', { type: 'string', maxLength: 5000 }, true],
    ['language_code', { type: 'string', maxLength: 500 }, false],
    ['context_id', { type: 'string' }, false],
  ])('The text area of %s with %o is there: %s.', (name, schema, isLong) => {
    expect(controlOf(name, { required: true, schema })).toMatchObject({ kind: 'text', isLong })
  })

  test('A control has the limits and steps of its schema.', () => {
    const control = (name: keyof typeof fields) => controlOf(name, fields[name])
    expect(control('input_urls')).toMatchObject({ isList: true, max: 2 })
    expect(control('audio_url')).toMatchObject({ isList: false, max: 1 })
    expect(control('steps')).toMatchObject({ min: 2, max: 49, step: 1 })
    expect(control('guidance_scale')).toMatchObject({ min: 0, max: 20, step: 0.1 })
    expect(control('seed')).toMatchObject({ min: -1, max: 2_147_483_647, step: 0 })
  })

  test('A hint has the whole description and the limits.', () => {
    const hint = (name: keyof typeof fields) => fieldHint(name, fields[name])
    expect(hint('prompt')).toBe('What is to be seen At least 3 characters.')
    expect(hint('input_urls')).toBe('PNG or JPEG, up to 1 MB. At most 2 files.')
    expect(hint('steps')).toBe('From 2 to 49.')
    expect(hint('dialogue')).toBe('The `lines` in their order. From 1 to 2 rows.')
    expect(hint('tags')).toBe('At most 3 entries.')
  })

  test('A label is readable, and codes stay as they are.', () => {
    const values = ['portrait_16_9', 'TURBO', 'square_hd', '1080p', 'mp3_22050_32', 'EkK5I93UQWFD']
    const labels = ['Portrait 16:9', 'Turbo', 'Square HD', '1080p', 'mp3_22050_32', 'EkK5I93UQWFD']
    expect(values.map(optionLabel)).toEqual(labels)
  })

  test('Numbers stay numbers, and texts of digits stay texts.', () => {
    const first = (name: string, field: Field): unknown => {
      const control = controlOf(name, field)
      return control.kind === 'choice' && control.options[0]?.value
    }
    expect(first('duration', fields.duration)).toBe(4)
    expect(first('num_images', v3Reframe.fields.num_images)).toBe('1')
  })

  test('The input has the required fields and the changes, without empty entries.', () => {
    const presets = presetsOf(fields)
    expect(inputOf(fields, presets)).toEqual({ aspect_ratio: '1:1' })
    const changed = {
      ...presets,
      prompt: 'A cat',
      duration: 12,
      generate_audio: false,
      tags: ['', 'soft'],
      seed: 0,
      dialogue: [{ text: 'Hello', pause: undefined }],
    }
    const all = Object.entries<Field>(fields)
    expect(all.filter(([name, field]) => isChanged(field, presets[name]))).toEqual([])
    const input = inputOf(fields, changed)
    expect(input).toEqual({
      prompt: 'A cat',
      aspect_ratio: '1:1',
      duration: 12,
      seed: 0,
      generate_audio: false,
      tags: ['soft'],
      dialogue: [{ text: 'Hello' }],
    })
    expect(summaryOf(fields, input)).toBe('A cat · 1:1 · Duration: 12 · Seed: 0')
  })
})

import type { Fields } from '@apikley/types'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { describe, expect, test } from 'vitest'
import { controlOf } from '../../src/form/control.ts'
import { inputOf, presetsOf, summaryOf } from '../../src/form/values.ts'
import { fields } from './made-up-model.ts'

const kinds = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const control = controlOf(field)
      if (control.kind === 'choice') {
        return [name, control.look]
      }
      return [name, control.kind === 'number' && control.slider ? 'slider' : control.kind]
    }),
  )

describe('the form of a model', () => {
  test('is made from its descriptor: each field has the control that suits it', () => {
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
      guidance_scale: 'slider',
      steps: 'slider',
      seed: 'number',
      generate_audio: 'switch',
      tags: 'texts',
      dialogue: 'json',
    })
  })

  test('keeps the bounds and the numbers of files of the descriptor', () => {
    expect(controlOf(fields.input_urls)).toMatchObject({
      list: true,
      most: 2,
      limits: { maxBytes: 1_048_576 },
    })
    expect(controlOf(fields.audio_url)).toMatchObject({ list: false, most: 1 })
    expect(controlOf(fields.steps)).toMatchObject({ least: 2, most: 49, step: 1 })
    expect(controlOf(fields.seed)).toMatchObject({ least: -1, most: 2_147_483_647, slider: false })
  })

  test('keeps numbers numbers, and texts of digits texts', () => {
    const [four] = optionsOf(fields.duration)
    const [one] = optionsOf(v3Reframe.fields.num_images)
    expect([four?.value, one?.value]).toEqual([4, '1'])
  })

  test('begins with the defaults, and sends what is required and what differs from them', () => {
    const values = presetsOf(fields)
    expect(values).toMatchObject({
      aspect_ratio: '1:1',
      duration: 8,
      guidance_scale: 2.5,
      steps: 2,
      generate_audio: true,
    })
    expect(inputOf(fields, values)).toEqual({ aspect_ratio: '1:1', steps: 2 })
    const changed = {
      ...values,
      prompt: 'A cat',
      duration: 12,
      generate_audio: false,
      tags: ['', 'soft'],
      seed: 0,
    }
    const input = inputOf(fields, changed)
    expect(input).toEqual({
      prompt: 'A cat',
      aspect_ratio: '1:1',
      duration: 12,
      steps: 2,
      seed: 0,
      generate_audio: false,
      tags: ['soft'],
    })
    expect(summaryOf(fields, input)).toBe('A cat · 1:1 · Duration: 12 · Steps: 2 · Seed: 0')
  })
})

function optionsOf(field: Fields[string]): readonly { readonly value: unknown }[] {
  const control = controlOf(field)
  return control.kind === 'choice' ? control.options : []
}

import type { Field, Fields, MediaLimits, OutputKind } from '@apikley/types'
import { mediaKind } from '../form/check-file.ts'
import { controlOf } from '../form/control.ts'
import { inputOf, type Values } from '../form/values.ts'

/** The parts of a descriptor that code needs. */
export interface CodeModel {
  readonly id: string
  readonly fields: Fields
  readonly output: OutputKind
}

/** The input that the form would send. Required fields that are empty have a placeholder. */
export function shownInput(fields: Fields, values: Values): Values {
  const input = inputOf(fields, values)
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    if (name in input) {
      return [[name, input[name]] as const]
    }
    return field.required ? [[name, placeholderOf(name, field)] as const] : []
  })
  return Object.fromEntries(entries)
}

function placeholderOf(name: string, field: Field): unknown {
  const control = controlOf(name, field)
  switch (control.kind) {
    case 'media': {
      const file = placeholderFile(control.limits)
      return control.isList ? [file] : file
    }
    case 'choice':
      return control.options[0]?.value
    case 'number':
      return control.min ?? 0
    case 'switch':
      return false
    case 'text':
      return '…'
    default:
      return field.schema.type === 'object' ? {} : []
  }
}

function placeholderFile(limits: MediaLimits): File {
  const names = { image: 'picture.jpg', video: 'clip.mp4', audio: 'speech.mp3', file: 'file.bin' }
  const types = { image: 'image/jpeg', video: 'video/mp4', audio: 'audio/mpeg', file: '' }
  const kind = mediaKind(limits)
  return new File([], names[kind], { type: types[kind] })
}

/** The files of an input, each once. */
export function filesIn(value: unknown): readonly File[] {
  if (value instanceof File) {
    return [value]
  }
  const values = typeof value === 'object' && value !== null ? Object.values(value) : []
  return [...new Set(values.flatMap(filesIn))]
}

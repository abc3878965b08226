import type { Field, FieldSchema, MediaLimits } from '@apikley/types'
import { ratioOf, type Ratio } from '../frame/ratio.ts'
import { limitsOf } from './check-file.ts'
import { optionLabel } from './label.ts'

export type OptionValue = string | number | boolean

export interface Option {
  readonly value: OptionValue
  readonly label: string
  /** The aspect ratio that the value names. */
  readonly ratio: Ratio | undefined
}

/** The form element of a field. `max` counts the items of a list or the characters of a text. */
export type Control =
  | {
      readonly kind: 'media'
      readonly limits: MediaLimits
      readonly max: number
      readonly isList: boolean
    }
  | {
      readonly kind: 'choice'
      /** Shapes, a row of buttons, or a list that opens. */
      readonly look: 'frames' | 'row' | 'list'
      readonly options: readonly Option[]
    }
  | {
      readonly kind: 'number'
      /** 0 allows any number. */
      readonly step: number
      readonly min: number | undefined
      readonly max: number | undefined
    }
  | { readonly kind: 'switch' }
  | { readonly kind: 'text'; readonly isLong: boolean; readonly max: number | undefined }
  | { readonly kind: 'texts'; readonly max: number }
  | { readonly kind: 'rows'; readonly max: number; readonly item: FieldSchema }
  /** JSON is for schemas that have no other control. */
  | { readonly kind: 'json' }

/** The control of a field. The form of every model is made from this function. */
export function controlOf(name: string, { schema, media }: Field): Control {
  const type = typeOf(schema)
  const max = schema.maxItems ?? Number.POSITIVE_INFINITY
  if (media) {
    const isList = type === 'array'
    return { kind: 'media', limits: limitsOf(name, media), isList, max: isList ? max : 1 }
  }
  if (schema.enum) {
    return choice(schema.enum)
  }
  switch (type) {
    case 'boolean':
      return { kind: 'switch' }
    case 'integer':
    case 'number':
      return number(schema, type === 'integer')
    case 'string':
      return { kind: 'text', isLong: isLongText(name, schema), max: schema.maxLength }
    case 'array':
      return list(schema.items ?? {}, max)
    default:
      return { kind: 'json' }
  }
}

function typeOf({ type }: FieldSchema): string | undefined {
  return typeof type === 'string' || type === undefined ? type : type.find((one) => one !== 'null')
}

/** Text areas are for prompts and other prose. Codes and ids may also be documented as long. */
function isLongText(name: string, { maxLength = 0 }: FieldSchema): boolean {
  return maxLength > 500 || /(^|_)(prompt|text|lyrics|scene|script|instruction)($|_)/i.test(name)
}

function list(item: FieldSchema, max: number): Control {
  if (typeOf(item) === 'string' && !item.enum) {
    return { kind: 'texts', max }
  }
  return item.properties ? { kind: 'rows', max, item } : { kind: 'json' }
}

function choice(values: readonly unknown[]): Control {
  const options = values
    .filter(isOptionValue)
    .map((value) => ({ value, label: optionLabel(value), ratio: ratioOf(value) }))
  const shapes = options.filter(({ ratio }) => ratio).length
  const letters = options.reduce((sum, option) => sum + option.label.length, 0)
  // One value may be a word, for example `adaptive`.
  if (shapes > 1 && shapes >= options.length - 1) {
    return { kind: 'choice', look: 'frames', options }
  }
  return { kind: 'choice', look: options.length <= 4 && letters <= 36 ? 'row' : 'list', options }
}

function isOptionValue(value: unknown): value is OptionValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function number({ minimum, maximum, multipleOf }: FieldSchema, isInteger: boolean): Control {
  const range = (maximum ?? Number.POSITIVE_INFINITY) - (minimum ?? 0)
  const step = range <= 2 ? 0.01 : 0.1
  const fallback = range > 30 ? 0 : step
  return {
    kind: 'number',
    step: typeof multipleOf === 'number' ? multipleOf : Number(isInteger) || fallback,
    min: minimum,
    max: maximum,
  }
}

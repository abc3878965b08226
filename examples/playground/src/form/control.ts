import type { Field, FieldSchema, MediaLimits } from '@apikley/types'
import { ratioOf, type Ratio } from '../frame/ratio.ts'
import { optionLabel } from './label.ts'

export type OptionValue = string | number | boolean

export interface Option {
  readonly value: OptionValue
  readonly label: string
  /** The shape that the value names, if it names one. */
  readonly ratio: Ratio | undefined
}

/** How a field is filled in. */
export type Control =
  | {
      readonly kind: 'media'
      readonly limits: MediaLimits
      /** How many files; 1 unless the field is a list. */ readonly most: number
      readonly list: boolean
    }
  /** `look`: as shapes, as buttons in a row, or as a list that opens. */
  | {
      readonly kind: 'choice'
      readonly look: 'frames' | 'row' | 'list'
      readonly options: readonly Option[]
    }
  /**
   * A slider needs both bounds, and a place for its handle: a default or a value that has to be
   * given.
   */
  | {
      readonly kind: 'number'
      readonly slider: boolean
      readonly step: number
      readonly least: number | undefined
      readonly most: number | undefined
    }
  | { readonly kind: 'switch' }
  | { readonly kind: 'text'; readonly long: boolean; readonly most: number | undefined }
  | { readonly kind: 'texts'; readonly most: number | undefined }
  /** What no other control is for, such as a list of objects, is written as JSON. */
  | { readonly kind: 'json' }

/** The control for a field of a descriptor. Any model's form is made from this and nothing else. */
export function controlOf({ schema, media, required }: Field): Control {
  const type = typeOf(schema)
  if (media) {
    return {
      kind: 'media',
      limits: media,
      list: type === 'array',
      most: type === 'array' ? (schema.maxItems ?? Number.POSITIVE_INFINITY) : 1,
    }
  }
  if (schema.enum) {
    return choice(schema.enum)
  }
  switch (type) {
    case 'boolean':
      return { kind: 'switch' }
    case 'integer':
    case 'number':
      return number(schema, type === 'integer', required)
    case 'string':
      // Names and codes are short, prompts are not.
      return { kind: 'text', long: (schema.maxLength ?? 0) > 200, most: schema.maxLength }
    case 'array':
      return schema.items && typeOf(schema.items) === 'string' && !schema.items.enum
        ? { kind: 'texts', most: schema.maxItems }
        : { kind: 'json' }
    default:
      return { kind: 'json' }
  }
}

function typeOf({ type }: FieldSchema): string | undefined {
  return typeof type === 'string' || type === undefined ? type : type.find((one) => one !== 'null')
}

function choice(values: readonly unknown[]): Control {
  const options = values
    .filter(isOptionValue)
    .map((value) => ({ value, label: optionLabel(value), ratio: ratioOf(value) }))
  const shapes = options.filter(({ ratio }) => ratio).length
  const letters = options.reduce((sum, option) => sum + option.label.length, 0)
  // All but one, because some models also take a word such as `adaptive`.
  if (shapes > 1 && shapes >= options.length - 1) {
    return { kind: 'choice', look: 'frames', options }
  }
  return { kind: 'choice', look: options.length <= 4 && letters <= 36 ? 'row' : 'list', options }
}

function isOptionValue(value: unknown): value is OptionValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** A slider with more places than this cannot be set by hand. */
const mostPlaces = 1000

function number(
  { minimum, maximum, default: preset }: FieldSchema,
  whole: boolean,
  required: boolean,
): Control {
  const range = minimum === undefined || maximum === undefined ? undefined : maximum - minimum
  const fineStep = range !== undefined && range <= 2 ? 0.01 : 0.1
  const step = whole || range === undefined || range > 50 ? 1 : fineStep
  const slider =
    range !== undefined && range / step <= mostPlaces && (required || preset !== undefined)
  // Only a slider moves in steps; a number that is typed in may be any.
  return { kind: 'number', slider, step: slider || whole ? step : 0, least: minimum, most: maximum }
}

import type { Field } from '@apikley/types'
import { limitsLabel } from './check-file.ts'
import { controlOf } from './control.ts'
import { labelOf } from './label.ts'
import type { Values } from './values.ts'

/** The properties of every control. */
export interface FieldProps<Value = unknown> {
  readonly name: string
  readonly field: Field
  readonly value: Value
  readonly onChange: (value: Value) => void
  /** The messages about wrong values by path, for example `shots.0.duration`. */
  readonly problems: Readonly<Record<string, string>>
  readonly path: string
  /** Loads the example of the model. */
  readonly loadExample: () => Promise<Values>
}

/** The name of a field as the form shows it. */
export function fieldLabel(name: string, { required, schema }: Field): string {
  const isOptional = !required && schema.default === undefined && schema.type !== 'boolean'
  return isOptional ? `${labelOf(name)} (optional)` : labelOf(name)
}

/** The description of a field and its limits. */
export function fieldHint(name: string, field: Field): string {
  const { description = '' } = field.schema
  // Some documents have this text where a description is missing.
  const isPlaceholder = description.trim().toLowerCase() === 'select description'
  return [isPlaceholder ? '' : description.trim(), limitsOf(name, field)].filter(Boolean).join(' ')
}

function limitsOf(name: string, field: Field): string {
  const control = controlOf(name, field)
  const { minLength, minItems = 0 } = field.schema
  switch (control.kind) {
    case 'media': {
      const count = control.isList ? range('file', minItems, control.max) : ''
      return [`${limitsLabel(control.limits)}.`, count].filter(Boolean).join(' ')
    }
    case 'number':
      return range('', control.min, control.max)
    case 'text':
      return control.isLong
        ? range('character', minLength)
        : range('character', minLength, control.max)
    case 'texts':
      return range('entry', minItems, control.max)
    case 'rows':
      return range('row', minItems, control.max)
    default:
      return ''
  }
}

const PLURALS: Readonly<Record<string, string>> = { entry: 'entries' }

/** `From 1 to 10 files.` Zero and infinity do not limit. */
function range(
  unit: string,
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
): string {
  const isCount = unit !== ''
  const from = isCount && min <= 0 ? Number.NEGATIVE_INFINITY : min
  const name = (count: number): string => {
    const plural = PLURALS[unit] ?? `${unit}s`
    return isCount ? ` ${count === 1 ? unit : plural}` : ''
  }
  const format = (value: number): string => value.toLocaleString('en-US')
  if (Number.isFinite(from) && Number.isFinite(max)) {
    const exact = `Exactly ${format(max)}${name(max)}.`
    return from === max ? exact : `From ${format(from)} to ${format(max)}${name(max)}.`
  }
  if (Number.isFinite(from)) {
    return `At least ${format(from)}${name(from)}.`
  }
  return Number.isFinite(max) ? `At most ${format(max)}${name(max)}.` : ''
}

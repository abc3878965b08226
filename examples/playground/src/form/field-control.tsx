import { lazy, Suspense, type ReactElement } from 'react'
import type { Ratio } from '../frame/ratio.ts'
import { ChoiceField } from './choice-field.tsx'
import { controlOf } from './control.ts'
import type { FieldProps } from './field-props.ts'
import { MediaField } from './media-field.tsx'
import { SwitchField } from './switch-field.tsx'
import { JsonField, TextField } from './text-field.tsx'
import { TextsField } from './texts-field.tsx'

const NumberField = lazy(async () => {
  const { NumberField } = await import('./number-field.tsx')
  return { default: NumberField }
})
const SelectField = lazy(async () => {
  const { SelectField } = await import('./select-field.tsx')
  return { default: SelectField }
})

interface FieldControlProps extends FieldProps {
  readonly frame: Ratio | undefined
  readonly takesPaste: boolean
}

/** The control for a field, whatever the field is. */
export function FieldControl(props: FieldControlProps): ReactElement {
  const { frame, takesPaste, ...field } = props
  const control = controlOf(props.field)
  switch (control.kind) {
    case 'media':
      return <MediaField {...field} control={control} frame={frame} takesPaste={takesPaste} />
    case 'choice':
      return control.look === 'list' ? (
        <Suspense>
          <SelectField {...field} options={control.options} />
        </Suspense>
      ) : (
        <ChoiceField {...field} options={control.options} look={control.look} />
      )
    case 'number':
      return (
        <Suspense>
          <NumberField {...field} control={control} />
        </Suspense>
      )
    case 'switch':
      return <SwitchField {...field} />
    case 'text':
      return <TextField {...field} long={control.long} most={control.most} />
    case 'texts':
      return <TextsField {...field} most={control.most} />
    case 'json':
      return <JsonField {...field} />
  }
}

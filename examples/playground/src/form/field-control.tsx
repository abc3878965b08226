import { lazy, Suspense, type ReactElement } from 'react'
import type { Ratio } from '../frame/ratio.ts'
import { ChoiceField } from './choice-field.tsx'
import { controlOf } from './control.ts'
import { fieldLabel, type FieldProps } from './field-props.ts'
import { MediaField } from './media-field.tsx'

// Not every form has these.
const JsonField = lazy(() => import('./json-field.tsx'))
const NumberField = lazy(() => import('./number-field.tsx'))
const RowsField = lazy(() => import('./rows-field.tsx'))
const SwitchField = lazy(() => import('./switch-field.tsx'))
const TextField = lazy(() => import('./text-field.tsx'))
const TextsField = lazy(() => import('./texts-field.tsx'))

interface FieldControlProps extends FieldProps {
  readonly frame?: Ratio | undefined
  readonly takesPaste?: boolean
}

/** The control of a field. Messages and the focus find it by its path. */
export function FieldControl(props: FieldControlProps): ReactElement {
  const label = fieldLabel(props.name, props.field)
  return (
    <div data-path={props.path}>
      <Suspense fallback={<p className="field-label field-loading">{label}</p>}>
        {renderControl(props)}
      </Suspense>
    </div>
  )
}

function renderControl({ frame, takesPaste = false, ...field }: FieldControlProps): ReactElement {
  const control = controlOf(field.name, field.field)
  switch (control.kind) {
    case 'media':
      return <MediaField {...field} control={control} frame={frame} takesPaste={takesPaste} />
    case 'choice':
      return <ChoiceField {...field} options={control.options} look={control.look} />
    case 'number':
      return <NumberField {...field} control={control} />
    case 'switch':
      return <SwitchField {...field} />
    case 'text':
      return <TextField {...field} isLong={control.isLong} max={control.max} />
    case 'texts':
      return <TextsField {...field} max={control.max} />
    case 'rows':
      return <RowsField {...field} item={control.item} max={control.max} />
    case 'json':
      return <JsonField {...field} />
  }
}

import type { ModelDescriptor, ModelInput, ModelId } from '@apikley/types'
import { useRef, useState, type ReactElement, type ReactNode } from 'react'
import { ratioOf } from '../frame/ratio.ts'
import { checkInput } from './check-input.ts'
import { controlOf } from './control.ts'
import { FieldControl } from './field-control.tsx'
import type { Values } from './values.ts'

interface ModelFormProps<M extends ModelId> {
  readonly model: ModelDescriptor<M>
  readonly values: Values
  readonly onChange: (values: Values) => void
  readonly onSubmit: (input: ModelInput<M>) => void
  /**
   * While a task is under way nothing can be sent; what is filled in can be changed for the next
   * one.
   */
  readonly isBusy: boolean
  /** Has the submit button. */
  readonly footer: ReactNode
}

/** The form of a model, made from its descriptor: what has to be given comes first. */
export function ModelForm<M extends ModelId>({
  model,
  values,
  onChange,
  onSubmit,
  isBusy,
  footer,
}: ModelFormProps<M>): ReactElement {
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const form = useRef<HTMLFormElement>(null)
  const fields = Object.entries(model.fields).toSorted(
    ([, a], [, b]) => Number(b.required) - Number(a.required),
  )
  const framed = fields.find(([, field]) => {
    const control = controlOf(field)
    return control.kind === 'choice' && control.look === 'frames'
  })?.[0]
  const frame = framed === undefined ? undefined : ratioOf(values[framed])
  const firstMedia = fields.find(([, { media }]) => media)?.[0]

  const submit = async (): Promise<void> => {
    if (isBusy) {
      return
    }
    const checked = await checkInput(model, values)
    setProblems(checked.ok ? {} : checked.problems)
    if (checked.ok) {
      onSubmit(checked.input)
    } else {
      focusField(
        form.current,
        Object.keys(model.fields).find((name) => name in checked.problems),
      )
    }
  }

  return (
    <form
      ref={form}
      className="model-form"
      aria-label="Input"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {fields.map(([name, field]) => (
        <div key={name} data-name={name}>
          <FieldControl
            name={name}
            field={field}
            value={values[name]}
            problem={problems[name]}
            frame={frame}
            takesPaste={name === firstMedia}
            onChange={(value) => {
              onChange({ ...values, [name]: value })
              if (problems[name] !== undefined) {
                setProblems((told) => without(told, name))
              }
            }}
          />
        </div>
      ))}
      {footer}
    </form>
  )
}

function without(
  problems: Readonly<Record<string, string>>,
  name: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(problems).filter(([other]) => other !== name))
}

/** Goes to the first field that something is wrong with; its words are read out with it. */
function focusField(form: HTMLFormElement | null, name: string | undefined): void {
  const field = [...(form?.querySelectorAll<HTMLElement>('[data-name]') ?? [])].find(
    ({ dataset }) => dataset.name === name,
  )
  const control =
    field?.querySelector<HTMLElement>('.drop-actions button') ??
    field?.querySelector<HTMLElement>('input, textarea, button')
  control?.focus()
}

import type { ModelDescriptor, ModelInput, ModelId } from '@apikley/types'
import { FlaskConical } from 'lucide-react'
import { useRef, useState, type ReactElement, type ReactNode } from 'react'
import { Button } from 'react-aria-components'
import { loadExample } from '../models/example.ts'
import { useAnnounce } from '../run/announcer.tsx'
import { checkInput } from './check-input.ts'
import { FormFields } from './form-fields.tsx'
import { presetsOf, type Values } from './values.ts'

interface ModelFormProps<M extends ModelId> {
  readonly model: ModelDescriptor<M>
  readonly values: Values
  readonly onChange: (values: Values) => void
  readonly onSubmit: (input: ModelInput<M>) => void
  /** While a task is pending, the form cannot be sent. Its values can change. */
  readonly isBusy: boolean
  /** Has the submit button. */
  readonly footer: ReactNode
}

/** The form of a model, made from its descriptor. */
export function ModelForm<M extends ModelId>({
  model,
  values,
  onChange,
  onSubmit,
  isBusy,
  footer,
}: ModelFormProps<M>): ReactElement {
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const announce = useAnnounce()
  const form = useRef<HTMLFormElement>(null)
  const example = (): Promise<Values> => loadExample(model.id, model.fields)

  const fillExample = async (): Promise<void> => {
    onChange({ ...presetsOf(model.fields), ...(await example()) })
    setProblems({})
    announce('The example is filled in')
  }
  const change = (name: string, value: unknown): void => {
    onChange({ ...values, [name]: value })
    setProblems((shown) => withoutField(shown, name))
  }
  const submit = async (): Promise<void> => {
    if (isBusy) {
      return
    }
    const checked = await checkInput(model, values)
    setProblems(checked.ok ? {} : checked.problems)
    if (checked.ok) {
      onSubmit(checked.input)
    } else {
      // Hidden fields are rendered before one of them gets the focus.
      setTimeout(() => focusProblem(form.current, Object.keys(checked.problems)))
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
      <Button className="button quiet example-button" onPress={() => void fillExample()}>
        <FlaskConical size={16} aria-hidden="true" />
        Fill in the example
      </Button>
      <FormFields
        fields={model.fields}
        values={values}
        onChange={change}
        problems={problems}
        loadExample={example}
      />
      {footer}
    </form>
  )
}

function withoutField(
  problems: Readonly<Record<string, string>>,
  name: string,
): Readonly<Record<string, string>> {
  const entries = Object.entries(problems)
  return Object.fromEntries(
    entries.filter(([path]) => path !== name && !path.startsWith(`${name}.`)),
  )
}

/** Focuses the first control with a problem, so that a screen reader reads its message. */
function focusProblem(form: HTMLFormElement | null, paths: readonly string[]): void {
  const fields = [...(form?.querySelectorAll<HTMLElement>('[data-path]') ?? [])]
  // The innermost field of a row has its own path.
  const field = fields.find(({ dataset }) => paths.includes(dataset.path ?? ''))
  const control =
    field?.querySelector<HTMLElement>('.drop-actions button') ??
    field?.querySelector<HTMLElement>('input, textarea, button')
  control?.focus()
}

import type { Field, Fields } from '@apikley/types'
import { ChevronRight } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { ratioOf } from '../frame/ratio.ts'
import { controlOf } from './control.ts'
import { FieldControl } from './field-control.tsx'
import type { FieldProps } from './field-props.ts'
import { isChanged, type Values } from './values.ts'

interface FormFieldsProps extends Pick<FieldProps, 'problems' | 'loadExample'> {
  readonly fields: Fields
  readonly values: Values
  readonly onChange: (name: string, value: unknown) => void
}

type Entry = readonly [name: string, field: Field]

/** The fields of a model. Optional fields are in a part that opens. */
export function FormFields(props: FormFieldsProps): ReactElement {
  const { fields, values, onChange, problems, loadExample } = props
  const { main, optional } = splitFields(fields)
  const [choice, setChoice] = useState<boolean>()
  const isWrong = Object.keys(problems).some((path) => hasPath(optional, path))
  const isFilled = optional.some(([name, field]) => isChanged(field, values[name]))
  const frameField = Object.entries(fields).find(([name, field]) => {
    const control = controlOf(name, field)
    return control.kind === 'choice' && control.look === 'frames'
  })?.[0]
  const frame = frameField === undefined ? undefined : ratioOf(values[frameField])
  const firstMedia = [...main, ...optional].find(([, { media }]) => media)?.[0]
  const render = ([name, field]: Entry): ReactElement => (
    <FieldControl
      key={name}
      name={name}
      path={name}
      field={field}
      value={values[name]}
      onChange={(value) => onChange(name, value)}
      problems={problems}
      loadExample={loadExample}
      frame={frame}
      takesPaste={name === firstMedia}
    />
  )
  const isExpanded = isWrong || (choice ?? isFilled)
  return (
    <>
      {main.map(render)}
      {optional.length > 0 && (
        <Disclosure className="more" isExpanded={isExpanded} onExpandedChange={setChoice}>
          <Heading level={3}>
            <Button slot="trigger" className="button quiet more-button">
              <ChevronRight size={16} aria-hidden="true" />
              More options ({optional.length})
            </Button>
          </Heading>
          <DisclosurePanel>
            {isExpanded && <div className="more-fields">{optional.map(render)}</div>}
          </DisclosurePanel>
        </Disclosure>
      )}
    </>
  )
}

function hasPath(entries: readonly Entry[], path: string): boolean {
  return entries.some(([name]) => path === name || path.startsWith(`${name}.`))
}

/**
 * The required fields come first. Some documents require only an incidental field: then the fields
 * with the content, such as the prompt, the pictures or the shots, also come first.
 */
function splitFields(fields: Fields): {
  readonly main: readonly Entry[]
  readonly optional: readonly Entry[]
} {
  const entries = Object.entries(fields)
  const needsContent = !entries.some(([name, field]) => field.required && isContent(name, field))
  const isMain = ([name, field]: Entry): boolean =>
    field.required || (needsContent && isContent(name, field))
  const main = entries.filter(isMain)
  return {
    main: main.toSorted(([a, one], [b, other]) => weightOf(a, one) - weightOf(b, other)),
    optional: entries.filter((entry) => !isMain(entry)),
  }
}

const weightOf = (name: string, field: Field): number => Number(!isContent(name, field))

function isContent(name: string, field: Field): boolean {
  const control = controlOf(name, field)
  return ['media', 'rows'].includes(control.kind) || (control.kind === 'text' && control.isLong)
}

import { ChevronDown } from 'lucide-react'
import { lazy, Suspense, useId, useRef, useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { Hint } from './hint.tsx'
import type { PickerSection } from './picker-list.tsx'

interface PickerProps {
  readonly label: string
  /** The label of the chosen option, and a second line. */
  readonly text: string
  readonly detail?: string | undefined
  readonly chosen: string
  readonly onChoose: (id: string) => void
  readonly sections: readonly PickerSection[]
  readonly isDisabled?: boolean
  readonly hint?: string
  readonly problem?: string | undefined
}

/** The list, with its overlay and search. The first load does without it. */
const PickerList = lazy(() => import('./picker-list.tsx'))

/** A button that shows the chosen option and opens the list of all options. */
export function Picker(props: PickerProps): ReactElement {
  const { label, text, detail, chosen, onChoose, sections, isDisabled = false } = props
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  return (
    <div className="field">
      <span className="field-label" id={`${id}-label`}>
        {label}
      </span>
      <Button
        ref={button}
        className="select-button"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-labelledby={`${id}-label ${id}-text`}
        aria-describedby={`${props.hint ? `${id}-hint ` : ''}${id}-problem`}
        isDisabled={isDisabled}
        onPress={() => setOpen(true)}
      >
        <span id={`${id}-text`}>
          {text}
          {detail !== undefined && <span className="select-detail">{detail}</span>}
        </span>
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      <Hint id={`${id}-hint`} text={props.hint ?? ''} />
      <p className="problem" id={`${id}-problem`}>
        {props.problem}
      </p>
      {isOpen && (
        <Suspense fallback={null}>
          <PickerList
            label={label}
            button={button}
            sections={sections}
            chosen={chosen}
            onChoose={(key) => {
              setOpen(false)
              onChoose(key)
            }}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </div>
  )
}

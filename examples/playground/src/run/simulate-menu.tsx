import { ChevronDown } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from 'react-aria-components'
import { FAILURE_COOKIE, FAILURES } from './failures.ts'

const OPTIONS = [
  { id: 'none', label: 'No failure' },
  ...Object.entries(FAILURES).map(([id, label]) => ({ id, label })),
]

/**
 * Chooses the failure of the next task. The choice is a cookie, which the server deletes when it
 * has applied it.
 */
export function SimulateMenu(): ReactElement {
  const [, setChosen] = useState('')
  const choose = (id: string): void => {
    const maxAge = id === 'none' ? '; max-age=0' : ''
    document.cookie = `${FAILURE_COOKIE}=${id}; path=/; samesite=strict${maxAge}`
    setChosen(id)
  }
  return (
    <Select className="simulate" value={chosenFailure()} onChange={(key) => choose(String(key))}>
      <Label className="hint">Simulate</Label>
      <Button className="button">
        <SelectValue />
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      <Popover className="popover">
        <ListBox className="list-box" items={OPTIONS}>
          {({ id, label }) => (
            <ListBoxItem id={id} className="list-item">
              {label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}

function chosenFailure(): string {
  return new RegExp(`${FAILURE_COOKIE}=(\\w+)`).exec(document.cookie)?.[1] ?? 'none'
}

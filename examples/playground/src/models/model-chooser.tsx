import type { ModelDescriptor } from '@apikley/types'
import { ChevronDown } from 'lucide-react'
import type { ReactElement } from 'react'
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from 'react-aria-components'

interface ModelChooserProps {
  readonly models: readonly ModelDescriptor[]
  readonly chosen: string
  readonly onChange: (id: string) => void
  readonly isBusy: boolean
}

/** The models that there are. While a task is under way it stays with its own. */
export function ModelChooser({
  models,
  chosen,
  onChange,
  isBusy,
}: ModelChooserProps): ReactElement {
  return (
    <Select
      className="field"
      value={chosen}
      onChange={(key) => onChange(String(key))}
      isDisabled={isBusy}
    >
      <Label className="field-label">Model</Label>
      <Button className="select-button">
        <SelectValue />
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      <Popover className="popover">
        <ListBox className="list-box" items={models.map(({ id }) => ({ id }))}>
          {({ id }) => (
            <ListBoxItem id={id} className="list-item">
              {id}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}

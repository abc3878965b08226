import type { ModelSummary } from '@apikley/types'
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
  readonly models: readonly ModelSummary[]
  readonly chosen: string
  readonly onChange: (id: string) => void
  readonly isBusy: boolean
}

/** A list of the models. It is disabled while a task is in flight. */
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
        <SelectValue>{label(models.find(({ id }) => id === chosen))}</SelectValue>
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      <Popover className="popover">
        <ListBox className="list-box" items={models.map(({ id, title }) => ({ id, title }))}>
          {(model) => (
            <ListBoxItem id={model.id} textValue={label(model)} className="list-item">
              {label(model)}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}

function label(model: Pick<ModelSummary, 'id' | 'title'> | undefined): string {
  return model ? `${model.title} (${model.id})` : ''
}

import type { ModelSummary, OutputKind } from '@apikley/types'
import type { ReactElement } from 'react'
import { Picker } from '../form/picker.tsx'
import { KINDS } from './kinds.ts'

interface ModelChooserProps {
  readonly models: readonly ModelSummary[]
  readonly chosen: string
  readonly onChange: (id: string) => void
  readonly isBusy: boolean
}

/** The models by the kind of their results. The list is disabled while a task is in flight. */
export function ModelChooser({
  models,
  chosen,
  onChange,
  isBusy,
}: ModelChooserProps): ReactElement {
  const model = models.find(({ id }) => id === chosen)
  const kinds = Object.keys(KINDS).filter((kind): kind is OutputKind => kind in KINDS)
  return (
    <Picker
      label="Model"
      text={model ? model.title : chosen}
      detail={model && `${KINDS[model.output]} · ${model.id}`}
      chosen={chosen}
      onChoose={onChange}
      isDisabled={isBusy}
      sections={kinds.map((kind) => ({
        name: KINDS[kind],
        options: models
          .filter(({ output }) => output === kind)
          .map(({ id, title }) => ({ id, label: title, detail: id })),
      }))}
    />
  )
}

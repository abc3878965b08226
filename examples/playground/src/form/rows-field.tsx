import type { FieldSchema } from '@apikley/types'
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react'
import { useId, useRef, type ReactElement } from 'react'
import { Button, Group } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'
import { FieldControl } from './field-control.tsx'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'
import { labelOf } from './label.ts'
import { isObject, type Values } from './values.ts'

interface RowsFieldProps extends FieldProps {
  readonly item: FieldSchema
  /** The largest number of rows. */
  readonly max: number
}

/** A list of objects. Each object is a row with a control for each member. */
export default function RowsField(props: RowsFieldProps): ReactElement {
  const { name, field, value, onChange, problems, path, item, max, loadExample } = props
  const id = useId()
  const announce = useAnnounce()
  const group = useRef<HTMLDivElement>(null)
  const rows = Array.isArray(value) ? value.filter(isObject) : []
  const rowLabel = labelOf(name).replace(/s$/, '')
  // The row is rendered before it gets the focus.
  const focus = (selector: string): void => {
    setTimeout(() => group.current?.querySelector<HTMLElement>(selector)?.focus())
  }
  const add = async (): Promise<void> => {
    onChange([...rows, exampleRow(await loadExample(), name, rows.length)])
    focus(`[data-row="${rows.length}"] :is(input, textarea)`)
  }
  const remove = (index: number): void => {
    onChange(rows.toSpliced(index, 1))
    announce(`${rowLabel} ${index + 1} is removed`)
    focus('[data-add]')
  }
  const move = (from: number, to: number): void => {
    const [row = {}] = rows.slice(from, from + 1)
    onChange(rows.toSpliced(from, 1).toSpliced(to, 0, row))
    announce(`${rowLabel} ${from + 1} is now number ${to + 1}`)
    focus(`[data-row="${to}"] .row-head button:not([data-disabled])`)
  }
  return (
    <Group className="field" aria-label={labelOf(name)} aria-describedby={id} ref={group}>
      <span className="field-label" aria-hidden="true">
        {fieldLabel(name, field)}
      </span>
      <Hint id={id} text={fieldHint(name, field)} />
      {rows.map((row, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a row has no other key than its place
        <Group key={index} className="row" aria-label={`${rowLabel} ${index + 1}`} data-row={index}>
          <RowHead
            label={`${rowLabel} ${index + 1}`}
            index={index}
            count={rows.length}
            {...{ move, remove }}
          />
          {Object.entries(item.properties ?? {}).map(([member, schema]) => (
            <FieldControl
              key={member}
              name={member}
              path={`${path}.${index}.${member}`}
              field={{ schema, required: item.required?.includes(member) ?? false }}
              value={row[member]}
              onChange={(changed) => onChange(rows.with(index, { ...row, [member]: changed }))}
              problems={problems}
              loadExample={loadExample}
            />
          ))}
        </Group>
      ))}
      <Button
        className="button"
        data-add
        isDisabled={rows.length >= max}
        onPress={() => void add()}
      >
        <Plus size={16} aria-hidden="true" /> Add {rowLabel.toLowerCase()}
      </Button>
      <p className="problem">{problems[path]}</p>
    </Group>
  )
}

interface RowHeadProps {
  readonly label: string
  readonly index: number
  readonly count: number
  readonly move: (from: number, to: number) => void
  readonly remove: (index: number) => void
}

function RowHead({ label, index, count, move, remove }: RowHeadProps): ReactElement {
  return (
    <div className="row-head">
      <span aria-hidden="true">{label}</span>
      <Button
        className="icon-button"
        aria-label={`Move ${label} up`}
        isDisabled={index === 0}
        onPress={() => move(index, index - 1)}
      >
        <ArrowUp size={16} aria-hidden="true" />
      </Button>
      <Button
        className="icon-button"
        aria-label={`Move ${label} down`}
        isDisabled={index === count - 1}
        onPress={() => move(index, index + 1)}
      >
        <ArrowDown size={16} aria-hidden="true" />
      </Button>
      <Button className="icon-button" aria-label={`Remove ${label}`} onPress={() => remove(index)}>
        <X size={16} aria-hidden="true" />
      </Button>
    </div>
  )
}

/** The example has fewer rows than a form may get, so its rows repeat. */
function exampleRow(example: Values, name: string, index: number): Values {
  const list = example[name]
  const rows = Array.isArray(list) ? list.filter(isObject) : []
  return rows[index % rows.length] ?? {}
}

import { Search } from 'lucide-react'
import type { ReactElement, RefObject } from 'react'
import {
  Autocomplete,
  Collection,
  Dialog,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Popover,
  SearchField,
  Text,
  type Selection,
} from 'react-aria-components'

export interface PickerOption {
  readonly id: string
  readonly label: string
  readonly detail?: string
}

export interface PickerSection {
  readonly name?: string
  readonly options: readonly PickerOption[]
}

interface PickerListProps {
  readonly label: string
  readonly button: RefObject<HTMLElement | null>
  readonly sections: readonly PickerSection[]
  readonly chosen: string
  readonly onChoose: (id: string) => void
  readonly onClose: () => void
}

/** A list with more options than this has a search field. */
const MAX_OPTIONS_WITHOUT_SEARCH = 10

/** The options of a picker. A search finds every typed word in the label, the detail and the section. */
export default function PickerList(props: PickerListProps): ReactElement {
  const { label, button, sections, chosen, onChoose, onClose } = props
  const hasSearch = sections.flatMap(({ options }) => options).length > MAX_OPTIONS_WITHOUT_SEARCH
  // The chosen option, chosen once more, leaves an empty selection.
  const choose = (keys: Selection): void => {
    const [key] = keys === 'all' ? [] : keys
    if (key === undefined) {
      onClose()
    } else {
      onChoose(String(key))
    }
  }
  const list = (
    <ListBox
      className="list-box"
      aria-label={label}
      autoFocus={!hasSearch}
      selectionMode="single"
      selectedKeys={[chosen]}
      onSelectionChange={choose}
      renderEmptyState={() => <p className="hint list-empty">No match.</p>}
    >
      {sections.map(({ name, options }) =>
        name === undefined ? (
          options.map((option) => <Option key={option.id} option={option} />)
        ) : (
          <ListBoxSection key={name} id={name}>
            <Header className="list-header">{name}</Header>
            <Collection items={options}>
              {(option) => <Option option={option} section={name} />}
            </Collection>
          </ListBoxSection>
        ),
      )}
    </ListBox>
  )
  return (
    <Popover
      className="popover"
      triggerRef={button}
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Dialog className="picker" aria-label={label}>
        {hasSearch ? (
          <Autocomplete filter={matches}>
            <SearchField className="search" aria-label={`Search ${label}`} autoFocus>
              <Search size={16} aria-hidden="true" />
              <Input className="input" placeholder="Search" />
            </SearchField>
            {/* The focus stays in the search, so the part that scrolls needs its own Tab stop. */}
            <div className="list-scroll" role="group" aria-label="Matches" tabIndex={0}>
              {list}
            </div>
          </Autocomplete>
        ) : (
          list
        )}
      </Dialog>
    </Popover>
  )
}

function Option({
  option: { id, label, detail },
  section = '',
}: {
  readonly option: PickerOption
  readonly section?: string
}): ReactElement {
  return (
    <ListBoxItem
      id={id}
      textValue={[label, detail, section].filter(Boolean).join(' ')}
      className="list-item"
    >
      <Text slot="label">{label}</Text>
      {detail !== undefined && (
        <Text slot="description" className="list-detail">
          {detail}
        </Text>
      )}
    </ListBoxItem>
  )
}

function matches(text: string, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/)
  return words.every((word) => text.toLowerCase().includes(word))
}

import type { ReactElement } from 'react'
import { Text } from 'react-aria-components'

interface HintProps {
  readonly text: string
  readonly id?: string | undefined
  /** Inside a field of React Aria, the text becomes its description. */
  readonly isDescription?: boolean
}

/** The hint of a field. Values in backticks are code. */
export function Hint({ text, id, isDescription = false }: HintProps): ReactElement | null {
  if (text === '') {
    return null
  }
  const parts = text.split('`').map((part, index) =>
    // oxlint-disable-next-line react/no-array-index-key -- the parts of a text have no other key
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  )
  return isDescription ? (
    <Text slot="description" className="hint">
      {parts}
    </Text>
  ) : (
    <p className="hint" {...(id === undefined ? {} : { id })}>
      {parts}
    </p>
  )
}

import { createContext, useContext, useState, type ReactElement, type ReactNode } from 'react'
import { VisuallyHidden } from 'react-aria-components'

const AnnounceContext = createContext<(text: string) => void>(() => {})

/** The only live region of the page. All changes are announced to screen readers through it. */
export function Announcer({ children }: { readonly children: ReactNode }): ReactElement {
  const [text, setText] = useState('')
  return (
    <AnnounceContext value={setText}>
      {children}
      <VisuallyHidden>
        <p role="status">{text}</p>
      </VisuallyHidden>
    </AnnounceContext>
  )
}

/** Announces a text politely. The same text is not announced twice in a row. */
export function useAnnounce(): (text: string) => void {
  return useContext(AnnounceContext)
}

import { createContext, useContext, useState, type ReactElement, type ReactNode } from 'react'
import { VisuallyHidden } from 'react-aria-components'

const AnnounceContext = createContext<(text: string) => void>(() => {})

/**
 * The one region that tells screen readers what changes. Everything on the page that has something
 * to tell goes through it.
 */
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

/** Tells something once, politely. The same text as before is not told again. */
export function useAnnounce(): (text: string) => void {
  return useContext(AnnounceContext)
}

import { CodeXml } from 'lucide-react'
import { lazy, Suspense, useRef, useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import type { CodePanelProps } from './code-tabs.tsx'

/** The first load does without the snippets and the highlighter. */
const CodeTabs = lazy(() => import('./code-tabs.tsx'))

/** The call of the form as code, on demand. */
export function CodePanel(props: CodePanelProps): ReactElement {
  const [isOpen, setOpen] = useState(false)
  const panel = useRef<HTMLDivElement>(null)
  // The button disappears, so the panel gets its focus.
  const show = (): void => {
    setOpen(true)
    panel.current?.focus()
  }
  const button = (
    <Button className="button" onPress={show}>
      <CodeXml size={16} aria-hidden="true" />
      Show the code
    </Button>
  )
  return (
    <div role="group" aria-label="Code" tabIndex={-1} ref={panel}>
      {isOpen ? (
        <Suspense fallback={button}>
          <CodeTabs {...props} />
        </Suspense>
      ) : (
        button
      )}
    </div>
  )
}

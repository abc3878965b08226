import { CodeXml } from 'lucide-react'
import { lazy, Suspense, useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import type { CodePanelProps } from './code-tabs.tsx'

/** The first load does without the snippets and the highlighter. */
const CodeTabs = lazy(() => import('./code-tabs.tsx'))

/** The call of the form as code, on demand. */
export function CodePanel(props: CodePanelProps): ReactElement {
  const [isOpen, setOpen] = useState(false)
  const button = (
    <Button className="button" onPress={() => setOpen(true)}>
      <CodeXml size={16} aria-hidden="true" />
      Show the code
    </Button>
  )
  return isOpen ? (
    <Suspense fallback={button}>
      <CodeTabs {...props} />
    </Suspense>
  ) : (
    <div className="actions">{button}</div>
  )
}

import type { ModelDescriptor } from '@apikley/types'
import { useMemo, type ReactElement } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import type { Values } from '../form/values.ts'
import { CopyButton } from '../gallery/copy-button.tsx'
import { HighlightedCode } from './highlighted-code.tsx'
import { snippetsOf } from './snippets.ts'

export interface CodePanelProps {
  readonly model: ModelDescriptor
  readonly values: Values
}

/** The call of the form as code. */
export default function CodeTabs({ model, values }: CodePanelProps): ReactElement {
  const snippets = useMemo(() => snippetsOf(model, values), [model, values])
  return (
    <Tabs className="tabs">
      <TabList className="tab-list" aria-label="The same call as code">
        {snippets.map(({ name }) => (
          <Tab key={name} id={name} className="tab">
            {name}
          </Tab>
        ))}
      </TabList>
      {snippets.map(({ name, code, language }) => (
        <TabPanel key={name} id={name} className="tab-panel">
          {/* A part that scrolls must be reachable by keyboard. */}
          <pre className="code" tabIndex={0} role="region" aria-label={`${name} code`}>
            <HighlightedCode code={code} language={language} />
          </pre>
          <CopyButton text={code} label={`Copy ${name}`} />
        </TabPanel>
      ))}
    </Tabs>
  )
}

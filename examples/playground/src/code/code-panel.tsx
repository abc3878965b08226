import type { ModelDescriptor } from '@apikley/types'
import type { ReactElement } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import type { Values } from '../form/values.ts'
import { CopyButton } from '../gallery/copy-button.tsx'
import { callInReact, callInTypeScript } from './call.ts'

interface CodePanelProps {
  readonly model: ModelDescriptor
  readonly values: Values
}

/** What the form would do, as code to take along. */
export function CodePanel({ model, values }: CodePanelProps): ReactElement {
  const calls = [
    { id: 'typescript', name: 'TypeScript', code: callInTypeScript(model, values) },
    { id: 'react', name: 'React', code: callInReact(model, values) },
  ]
  return (
    <Tabs className="tabs">
      <TabList className="tab-list" aria-label="The same call as code">
        {calls.map(({ id, name }) => (
          <Tab key={id} id={id} className="tab">
            {name}
          </Tab>
        ))}
      </TabList>
      {calls.map(({ id, name, code }) => (
        <TabPanel key={id} id={id} className="tab-panel">
          {/* It scrolls, so it has to be reached by keyboard. */}
          <pre className="code" tabIndex={0} role="region" aria-label={`${name} code`}>
            <code>{code}</code>
          </pre>
          <CopyButton text={code} label={`Copy ${name}`} />
        </TabPanel>
      ))}
    </Tabs>
  )
}

import type { ModelDescriptor } from '@apikley/types'
import { useState, type ReactElement } from 'react'
import type { History } from './history/history.ts'
import { ThemeSwitch } from './theme/theme-switch.tsx'
import { Workbench } from './workbench.tsx'

interface AppProps {
  readonly models: readonly ModelDescriptor[]
  readonly history: History
  /** Whether tasks cost credits. */
  readonly isLive: boolean
}

/** The model of the examples. */
const FIRST_MODEL = 'ideogram/v3-reframe'

export function App({ models, history, isLive }: AppProps): ReactElement {
  const [chosen, setChosen] = useState(() => decodeURIComponent(location.hash.slice(1)))
  const model = [chosen, FIRST_MODEL]
    .map((wanted) => models.find(({ id }) => id === wanted))
    .concat(models)
    .find((found) => found !== undefined)
  // A reload shows the same model.
  const choose = (id: string): void => {
    window.history.replaceState(null, '', `#${encodeURIComponent(id)}`)
    setChosen(id)
  }
  return (
    <>
      <header className="page-header">
        <h1>
          <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
            <rect
              x="2"
              y="7"
              width="28"
              height="18"
              rx="5"
              fill="none"
              stroke="currentColor"
              strokeWidth="2.5"
              strokeDasharray="5 3"
            />
            <rect x="11" y="7" width="10" height="18" rx="2" fill="currentColor" />
          </svg>
          Apikley playground
        </h1>
        <p className="service" data-live={isLive}>
          {isLive ? 'Real service · costs credits' : 'Simulator · costs nothing'}
        </p>
        <ThemeSwitch />
      </header>
      <main className="page">
        {model ? (
          // A form of its own for each model, and a run of its own.
          <Workbench
            key={model.id}
            model={model}
            models={models}
            onModel={choose}
            history={history}
            isLive={isLive}
          />
        ) : (
          <p>There is no model: build @apikley/types, then start the playground again.</p>
        )}
      </main>
    </>
  )
}

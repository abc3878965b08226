import type { ModelSummary } from '@apikley/types'
import { Suspense, useState, type ReactElement } from 'react'
import type { History } from './history/history.ts'
import { loadModel } from './models/models.ts'
import { Forms } from './storage/forms.ts'
import { ThemeSwitch } from './theme/theme-switch.tsx'
import { usePlace } from './url/use-place.ts'
import { Workbench } from './workbench.tsx'

interface AppProps {
  readonly models: readonly ModelSummary[]
  readonly history: History
  /** Whether tasks cost credits. */
  readonly isLive: boolean
}

/** The model of the page without a path. */
const FIRST_MODEL = 'ideogram/v3-reframe'

export function App({ models, history, isLive }: AppProps): ReactElement {
  const { place, go, url } = usePlace()
  const [forms] = useState(() => new Forms())
  const named = models.find(({ id }) => id === place.model)
  const model = named ?? models.find(({ id }) => id === FIRST_MODEL)
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
        {!named && place.model !== '' && (
          <p className="notice">Ignored in the URL: the model {place.model} is unknown</p>
        )}
        {model && (
          <Suspense>
            <Workbench
              models={models}
              loading={loadModel(model.id)}
              place={place}
              go={go}
              url={url}
              forms={forms}
              history={history}
              isLive={isLive}
            />
          </Suspense>
        )}
      </main>
    </>
  )
}

import type { ModelDescriptor, ModelSummary } from '@apikley/types'
import { startTransition, Suspense, use, useState, type ReactElement } from 'react'
import type { History } from './history/history.ts'
import { loadModel } from './models/models.ts'
import { ThemeSwitch } from './theme/theme-switch.tsx'
import { Workbench, type WorkbenchProps } from './workbench.tsx'

interface AppProps {
  readonly models: readonly ModelSummary[]
  readonly history: History
  /** Whether tasks cost credits. */
  readonly isLive: boolean
}

/** The model of the examples. */
const FIRST_MODEL = 'ideogram/v3-reframe'

export function App({ models, history, isLive }: AppProps): ReactElement {
  const [chosen, setChosen] = useState(() => decodeURIComponent(location.hash.slice(1)))
  const id = [chosen, FIRST_MODEL].find((wanted) => models.some((model) => model.id === wanted))
  const model = loadModel(id ?? String(models[0]?.id))
  // A reload shows the same model.
  const choose = (id: string): void => {
    window.history.replaceState(null, '', `#${encodeURIComponent(id)}`)
    startTransition(() => setChosen(id))
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
        <Suspense fallback={<p className="hint">Loading the model…</p>}>
          <LoadedWorkbench
            loading={model}
            models={models}
            onModel={choose}
            history={history}
            isLive={isLive}
          />
        </Suspense>
      </main>
    </>
  )
}

interface LoadedWorkbenchProps extends Omit<WorkbenchProps, 'model'> {
  readonly loading: Promise<ModelDescriptor>
}

/** Each model has its own form and its own run. */
function LoadedWorkbench({ loading, ...props }: LoadedWorkbenchProps): ReactElement {
  const model = use(loading)
  return <Workbench key={model.id} model={model} {...props} />
}

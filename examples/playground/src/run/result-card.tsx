import type { RunState } from '@apikley/react'
import type { ModelSummary } from '@apikley/types'
import { ImageIcon, RotateCcw } from 'lucide-react'
import { lazy, Suspense, type ReactElement, type Ref } from 'react'
import { Button } from 'react-aria-components'
import type { ResultsProps } from '../gallery/results.tsx'
import type { PastTask } from '../history/past-task.ts'
import { Failure } from './failure.tsx'
import { Pending } from './pending.tsx'
import { SimulateMenu } from './simulate-menu.tsx'
import { statusText } from './status-text.ts'

const Results = lazy(async () => {
  const { Results } = await import('../gallery/results.tsx')
  return { default: Results }
})

interface RunViewProps {
  readonly run: RunState
  /** The picture in the input of the pending run. */
  readonly before: string | undefined
  readonly onRetry: () => void
  readonly onResume: () => void
  readonly onDismiss: () => void
}

interface ResultCardProps extends RunViewProps, Pick<ResultsProps, 'takeAsInput'> {
  readonly ref: Ref<HTMLElement>
  /** The task whose result is shown. */
  readonly task: PastTask | undefined
  /** Whether the user has opened the task from the list. */
  readonly isOpened: boolean
  readonly models: readonly ModelSummary[]
  readonly canSimulate: boolean
  readonly onClose: () => void
}

/** The run of the form in its current state, or an earlier result that the user has opened. */
export function ResultCard(props: ResultCardProps): ReactElement {
  const { ref, task, isOpened, models, canSimulate, onClose, takeAsInput, ...view } = props
  return (
    <section className="card stage" aria-labelledby="stage-title" tabIndex={-1} ref={ref}>
      <div className="stage-head">
        <h2 id="stage-title">Result</h2>
        {isOpened && (
          <Button className="button quiet" onPress={onClose}>
            Close this result
          </Button>
        )}
        {canSimulate && <SimulateMenu />}
      </div>
      {task?.state === 'done' ? (
        <Suspense>
          <Results
            key={task.taskId}
            task={task}
            output={models.find(({ id }) => id === task.model)?.output}
            takeAsInput={takeAsInput}
          />
        </Suspense>
      ) : (
        <RunView {...view} />
      )}
    </section>
  )
}

function RunView(props: RunViewProps): ReactElement | null {
  const { run, before, onRetry, onResume, onDismiss } = props
  switch (run.status) {
    case 'idle':
      return run.taskId === undefined ? (
        <div className="empty">
          <ImageIcon size={36} strokeWidth={1.25} aria-hidden="true" />
          <p>The result will be here.</p>
          <p className="hint">Fill in the form and generate.</p>
        </div>
      ) : (
        <div className="empty">
          <p>{statusText(run)}</p>
          <Button className="button strong" onPress={onResume}>
            <RotateCcw size={16} aria-hidden="true" /> Resume
          </Button>
        </div>
      )
    case 'pending':
      return <Pending run={run} before={before} />
    case 'success':
      // The history has the result in the next render.
      return null
    case 'error':
      return <Failure run={run} onRetry={onRetry} onResume={onResume} onDismiss={onDismiss} />
  }
}

import type { RunState } from '@apikley/react'
import { ImageIcon, RotateCcw } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { Results } from '../gallery/results.tsx'
import type { PastTask } from '../history/history.ts'
import { Failure } from './failure.tsx'
import { Pending } from './pending.tsx'
import { statusText } from './status-text.ts'

interface StageProps {
  readonly run: RunState
  /** What is known of the run's task from before. */
  readonly past: PastTask | undefined
  /** A small copy of the picture that is on its way. */
  readonly before: string | undefined
  readonly onStop: () => void
  readonly onResume: () => void
  readonly onDismiss: () => void
}

/** The run of the form, at whatever stage it is. */
export function Stage({
  run,
  past,
  before,
  onStop,
  onResume,
  onDismiss,
}: StageProps): ReactElement {
  switch (run.status) {
    case 'idle':
      return run.taskId === undefined ? (
        <Nothing />
      ) : (
        <Stopped text={statusText(run)} onResume={onResume} />
      )
    case 'pending':
      return <Pending run={run} before={before} onStop={onStop} />
    case 'success':
      return <Results run={run} past={past} />
    case 'error':
      return <Failure run={run} onResume={onResume} onDismiss={onDismiss} />
  }
}

function Nothing(): ReactElement {
  return (
    <div className="empty">
      <ImageIcon size={36} strokeWidth={1.25} aria-hidden="true" />
      <p>The result will be here.</p>
      <p className="hint">Fill in the form and generate. Every state on the way is shown.</p>
    </div>
  )
}

function Stopped({
  text,
  onResume,
}: {
  readonly text: string
  readonly onResume: () => void
}): ReactElement {
  return (
    <div className="empty">
      <p>{text}</p>
      <Button className="button strong" onPress={onResume}>
        <RotateCcw size={16} aria-hidden="true" /> Resume
      </Button>
    </div>
  )
}

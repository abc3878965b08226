import type { RunState } from '@apikley/react'
import type { ReactElement } from 'react'
import { statusText } from './status-text.ts'
import { Steps } from './steps.tsx'

interface PendingProps {
  readonly run: Extract<RunState, { readonly status: 'pending' }>
  readonly before: string | undefined
}

/** A pending run. Its bar has the progress and Stop. */
export function Pending({ run, before }: PendingProps): ReactElement {
  return (
    <div className="pending">
      <Steps run={run} />
      <div className="pending-picture">
        {before !== undefined && <img src={before} alt="The picture in the input" />}
        <span className="shimmer" aria-hidden="true" />
      </div>
      <strong className="status-text">{statusText(run)}</strong>
      <p className="hint">{hintOf(run)}</p>
    </div>
  )
}

function hintOf(run: PendingProps['run']): string {
  switch (run.phase) {
    case 'uploading':
      return `${run.progress.loaded} of ${run.progress.total} bytes are uploaded. Nothing is charged yet.`
    case 'queued':
      return 'A limit delays the task. Nothing is charged yet.'
    case 'creating':
      return 'The task is charged when the service accepts it.'
    case 'waiting':
      return run.lastPollError
        ? 'The last poll failed and is retried. The task continues.'
        : 'You can close this page. The task continues, and the page finds it again.'
  }
}

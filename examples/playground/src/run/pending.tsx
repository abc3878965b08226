import type { RunState } from '@apikley/react'
import { useState, type ReactElement } from 'react'
import { Button, ProgressBar } from 'react-aria-components'
import { elapsedLabel } from './elapsed.ts'
import { statusText } from './status-text.ts'
import { Steps } from './steps.tsx'
import { useNow } from './use-now.ts'

interface PendingProps {
  readonly run: Extract<RunState, { readonly status: 'pending' }>
  readonly before: string | undefined
  readonly onStop: () => void
}

/** A run that is under way. */
export function Pending({ run, before, onStop }: PendingProps): ReactElement {
  const part = partOf(run)
  return (
    <div className="pending">
      <Steps run={run} />
      <div className="pending-picture">
        {before === undefined ? (
          <div className="picture-shade" />
        ) : (
          <img src={before} alt="The picture that was sent" />
        )}
        <span className="shimmer" aria-hidden="true" />
      </div>
      <div className="pending-line">
        <strong className="status-text">{statusText(run)}</strong>
        <Elapsed since={run.phase === 'waiting' ? run.task?.createTime : undefined} />
      </div>
      <ProgressBar
        aria-label={statusText(run)}
        className="progress"
        {...(part === undefined ? { isIndeterminate: true } : { value: part })}
      >
        {({ percentage }) => (
          <div
            className="progress-bar"
            style={percentage === undefined ? {} : { width: `${percentage}%` }}
          />
        )}
      </ProgressBar>
      <div className="pending-line">
        <p className="hint">
          {run.phase === 'uploading' && `${part ?? 0} % is uploaded. Nothing is charged yet.`}
          {run.phase === 'queued' && 'A limit delays the task. Nothing is charged yet.'}
          {run.phase === 'creating' && 'The task is charged when the service accepts it.'}
          {run.phase === 'waiting' &&
            'You can close this page: the task goes on, and the page finds it again.'}
        </p>
        <Button className="button quiet" onPress={onStop}>
          {run.phase === 'uploading' ? 'Cancel' : 'Stop waiting'}
        </Button>
      </div>
    </div>
  )
}

/** In percent, where it is known. */
function partOf(run: PendingProps['run']): number | undefined {
  if (run.phase === 'uploading') {
    return run.progress.total > 0 ? Math.round((100 * run.progress.loaded) / run.progress.total) : 0
  }
  return run.phase === 'waiting' ? run.task?.progress : undefined
}

/** @param since in Unix ms; default: when this is shown */
function Elapsed({ since }: { readonly since: number | undefined }): ReactElement {
  const now = useNow(1000)
  const [start] = useState(now)
  return (
    <span className="elapsed" aria-hidden="true">
      {elapsedLabel(now - (since ?? start))}
    </span>
  )
}

import type { RunState } from '@apikley/react'
import { CircleAlert, RotateCcw } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { CopyButton } from '../gallery/copy-button.tsx'
import { nextStepOf } from './next-step.ts'

interface FailureProps {
  readonly run: Extract<RunState, { readonly status: 'error' }>
  readonly onRetry: () => void
  readonly onResume: () => void
  readonly onDismiss: () => void
}

/** The error of a run, and the next step. */
export function Failure({ run, onRetry, onResume, onDismiss }: FailureProps): ReactElement {
  const { error, taskId, resumable } = run
  const { title, advice, action } = nextStepOf(error.kind, resumable)
  const message = error.failMsg ?? error.msg
  return (
    <div className="failure">
      <CircleAlert className="failure-icon" size={24} aria-hidden="true" />
      <div className="failure-words">
        <h3>{title}</h3>
        {message !== undefined && <blockquote>{message}</blockquote>}
        <p>{advice}</p>
        <div className="actions">
          {action === 'resume' && (
            <Button className="button strong" onPress={onResume}>
              <RotateCcw size={16} aria-hidden="true" /> Resume
            </Button>
          )}
          {action === 'again' && (
            <Button className="button strong" onPress={onRetry}>
              <RotateCcw size={16} aria-hidden="true" /> Try again
            </Button>
          )}
          <Button className="button" onPress={onDismiss}>
            Back to the form
          </Button>
          {taskId !== undefined && <CopyButton text={taskId} label="Copy task id" />}
        </div>
        <details>
          <summary>The message for developers</summary>
          <p className="failure-message">{error.message}</p>
          <p className="failure-message">
            {[
              `kind ${error.kind}`,
              numbered('code', error.code),
              numbered('HTTP', error.status),
              numbered('fail code', error.failCode),
            ]
              .filter(Boolean)
              .join(', ')}
          </p>
        </details>
      </div>
    </div>
  )
}

function numbered(name: string, value: number | string | undefined): string {
  return value === undefined ? '' : `${name} ${value}`
}

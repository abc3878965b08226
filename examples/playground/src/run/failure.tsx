import type { RunState } from '@apikley/react'
import { CircleAlert, RotateCcw } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { CopyButton } from '../gallery/copy-button.tsx'
import { nextStepOf } from './next-step.ts'

interface FailureProps {
  readonly run: Extract<RunState, { readonly status: 'error' }>
  readonly onResume: () => void
  readonly onDismiss: () => void
}

/** What went wrong, and what to do next. */
export function Failure({
  run: { error, taskId, resumable },
  onResume,
  onDismiss,
}: FailureProps): ReactElement {
  const { title, advice, action } = nextStepOf(error.kind, resumable)
  const words = error.failMsg ?? error.msg
  return (
    <div className="failure">
      <CircleAlert className="failure-icon" size={24} aria-hidden="true" />
      <div className="failure-words">
        <h3>{title}</h3>
        {words !== undefined && <blockquote>{words}</blockquote>}
        <p>{advice}</p>
        <div className="actions">
          {action === 'resume' && (
            <Button className="button strong" onPress={onResume}>
              <RotateCcw size={16} aria-hidden="true" /> Resume
            </Button>
          )}
          <Button className="button" onPress={onDismiss}>
            {action === 'again' ? 'Back to the form' : 'Dismiss'}
          </Button>
          {taskId !== undefined && <CopyButton text={taskId} label="Copy task id" />}
        </div>
        <details>
          <summary>What the error says</summary>
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

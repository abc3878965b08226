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
export function Failure({ run: { error, taskId, resumable }, onResume, onDismiss }: FailureProps): ReactElement {
  const { title, advice, action } = nextStepOf(error.kind, resumable)
  return (
    <div className="failure">
      <CircleAlert className="failure-icon" size={24} aria-hidden="true" />
      <div className="failure-words">
        <h3>{title}</h3>
        <p className="failure-message">{error.message}</p>
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
          {taskId !== undefined && <CopyButton text={taskId} label="Copy task id" told="The task id is copied" />}
        </div>
        <p className="hint">
          Kind <code>{error.kind}</code>
          {error.code !== undefined && (
            <>
              , code <code>{error.code}</code>
            </>
          )}
          {error.failCode !== undefined && (
            <>
              , fail code <code>{error.failCode}</code>
            </>
          )}
        </p>
      </div>
    </div>
  )
}

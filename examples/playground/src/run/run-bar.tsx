import type { RunState } from '@apikley/react'
import { Sparkles } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import { Button, ProgressBar } from 'react-aria-components'
import { elapsedLabel } from './elapsed.ts'
import { statusText } from './status-text.ts'
import { useNow } from './use-now.ts'

interface RunBarProps {
  readonly run: RunState
  readonly isLive: boolean
  /** The credits of the last finished task of this model, if this browser knows one. */
  readonly lastCredits: number | undefined
  readonly onStop: () => void
  /** Goes to the result, which is below the form on narrow pages. */
  readonly onShow: () => void
}

/** Sends the form, shows the state of the run, and stops it. It stays in view on all widths. */
export function RunBar({ run, isLive, lastCredits, onStop, onShow }: RunBarProps): ReactElement {
  const isBusy = run.status === 'pending'
  const text = statusText(run)
  return (
    <div className="run-bar">
      {isBusy && <Progress run={run} text={text} />}
      {text !== '' && (
        <div className="run-line">
          <span className="run-status">{text}</span>
          {isBusy && (
            <Elapsed
              key={run.phase}
              since={run.phase === 'waiting' ? run.task?.createTime : undefined}
            />
          )}
          <Button className="button quiet narrow-only" onPress={onShow}>
            Show
          </Button>
        </div>
      )}
      <div className="run-actions">
        <button
          type="submit"
          className="button primary"
          aria-disabled={isBusy}
          aria-keyshortcuts="Control+Enter Meta+Enter"
        >
          <Sparkles size={18} aria-hidden="true" />
          {isBusy ? 'Generating…' : 'Generate'}
        </button>
        {isBusy && (
          <Button className="button" onPress={onStop}>
            {run.phase === 'uploading' ? 'Cancel' : 'Stop waiting'}
          </Button>
        )}
      </div>
      <p className="hint">
        {costLine(isLive, lastCredits)}
        <span className="shortcut"> · Ctrl+Enter</span>
      </p>
    </div>
  )
}

function costLine(isLive: boolean, lastCredits: number | undefined): string {
  const last = lastCredits === undefined ? '' : ` · last time: ${lastCredits} credits`
  return isLive ? `Costs credits${last}` : `Costs nothing${last}`
}

interface ProgressProps {
  readonly run: Extract<RunState, { readonly status: 'pending' }>
  readonly text: string
}

function Progress({ run, text }: ProgressProps): ReactElement {
  const percent = percentOf(run)
  return (
    <ProgressBar
      aria-label={text}
      className="progress"
      {...(percent === undefined ? { isIndeterminate: true } : { value: percent })}
    >
      {({ percentage }) => (
        <div
          className="progress-bar"
          style={percentage === undefined ? {} : { width: `${percentage}%` }}
        />
      )}
    </ProgressBar>
  )
}

/** Only uploads and some models report their progress. */
function percentOf(run: ProgressProps['run']): number | undefined {
  if (run.phase === 'uploading') {
    return run.progress.total > 0 ? Math.round((100 * run.progress.loaded) / run.progress.total) : 0
  }
  return run.phase === 'waiting' ? run.task?.progress : undefined
}

/** @param since in Unix ms; default: the time of the first render */
function Elapsed({ since }: { readonly since: number | undefined }): ReactElement {
  const now = useNow(1000)
  const [start] = useState(now)
  return (
    <span className="elapsed" aria-hidden="true">
      {elapsedLabel(now - (since ?? start))}
    </span>
  )
}

import { LoaderCircle, RotateCcw, Trash2, TriangleAlert } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { CopyButton } from '../gallery/copy-button.tsx'
import { DownloadButton } from '../gallery/download-button.tsx'
import { expiryLabel } from '../gallery/expiry.ts'
import { ResultMedia } from '../gallery/result-media.tsx'
import { agoLabel } from './ago.ts'
import type { PastTask } from './history.ts'

interface PastTaskCardProps {
  readonly task: PastTask
  /** In Unix ms. */
  readonly now: number
  readonly isCurrent: boolean
  readonly canResume: boolean
  readonly onResume: () => void
  readonly onForget: () => void
}

/** A task from before: its pictures, what became of it, and how to get at it. */
export function PastTaskCard({
  task,
  now,
  isCurrent,
  canResume,
  onResume,
  onForget,
}: PastTaskCardProps): ReactElement {
  const name = `${task.model} from ${agoLabel(task.startedAt, now)}`
  return (
    <li className="card-item">
      <div className="pair">
        {task.before !== undefined && <img src={task.before} alt="Before" />}
        {task.urls.map((url, index) => (
          <ResultMedia
            key={url}
            url={url}
            alt={task.urls.length > 1 ? `After ${index + 1}` : 'After'}
          />
        ))}
        {task.state === 'running' && (
          <span className="pair-mark">
            <LoaderCircle size={22} strokeWidth={1.5} aria-hidden="true" data-spins={isCurrent} />
          </span>
        )}
        {task.state === 'failed' && (
          <span className="pair-mark">
            <TriangleAlert size={22} strokeWidth={1.5} aria-hidden="true" />
          </span>
        )}
      </div>
      <div className="card-words">
        <div className="card-head">
          <h3 className="card-title">{task.model}</h3>
          {!isCurrent && (
            <Button
              className="icon-button"
              aria-label={`Remove ${name} from the list`}
              onPress={onForget}
            >
              <Trash2 size={16} aria-hidden="true" />
            </Button>
          )}
        </div>
        <p className="hint">
          {[task.summary, agoLabel(task.startedAt, now)].filter(Boolean).join(' · ')}
        </p>
        <p className="card-state" data-state={task.state}>
          {stateLine(task, now, isCurrent)}
        </p>
      </div>
      <div className="actions">
        {task.state === 'running' && !isCurrent && (
          <Button
            className="button"
            onPress={onResume}
            isDisabled={!canResume}
            aria-label={`Resume ${name}`}
          >
            <RotateCcw size={16} aria-hidden="true" /> Resume
          </Button>
        )}
        {task.urls.length > 0 && (
          <>
            <DownloadButton urls={task.urls} model={task.model} />
            <CopyButton
              text={task.urls.join('\n')}
              label={task.urls.length > 1 ? 'Copy URLs' : 'Copy URL'}
            />
          </>
        )}
      </div>
    </li>
  )
}

function stateLine(task: PastTask, now: number, isCurrent: boolean): string {
  if (task.state === 'running') {
    return isCurrent ? 'Under way' : 'Not waited for; it goes on by itself'
  }
  if (task.state === 'failed') {
    return task.message ?? 'Failed'
  }
  return task.completedAt === undefined ? 'Done' : expiryLabel(task.completedAt, now)
}

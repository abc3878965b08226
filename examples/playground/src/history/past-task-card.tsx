import type { OutputKind } from '@apikley/types'
import { LoaderCircle, RotateCcw, Trash2, TriangleAlert } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { expiryLabel } from '../gallery/expiry.ts'
import { mediaKindOf, type MediaKind } from '../gallery/media-kind.ts'
import { Thumbnail } from '../gallery/thumbnail.tsx'
import { agoLabel } from './ago.ts'
import type { PastTask } from './past-task.ts'

export interface PastTaskActions {
  readonly onOpen: (task: PastTask) => void
  readonly onResume: (task: PastTask) => void
  readonly onUseSettings: (task: PastTask) => void
  readonly onRemove: (task: PastTask) => void
  /** Puts a result into the form, if the form takes its kind. */
  readonly takeAsInput: (url: string, kind: MediaKind) => (() => void) | undefined
}

interface PastTaskCardProps extends PastTaskActions {
  readonly task: PastTask
  readonly output: OutputKind | undefined
  /** In Unix ms. */
  readonly now: number
  readonly isCurrent: boolean
  readonly canResume: boolean
}

/** An earlier task: its pictures, its state, and what the user can do with it. */
export function PastTaskCard(props: PastTaskCardProps): ReactElement {
  const { task, output, now, isCurrent, canResume } = props
  const [url] = task.urls
  const kind = url === undefined ? undefined : mediaKindOf(url, output)
  const toInput = url !== undefined && kind && props.takeAsInput(url, kind)
  const name = `${task.model} from ${agoLabel(task.startedAt, now)}`
  return (
    <li className="card-item">
      <div className="pair">
        {task.before !== undefined && <img src={task.before} alt="Before" />}
        {url !== undefined && kind && <Thumbnail url={url} kind={kind} alt="After" />}
        {task.state === 'done' && url === undefined && (
          <p className="pair-text">{task.text || JSON.stringify(task.object)}</p>
        )}
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
              onPress={() => props.onRemove(task)}
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
            onPress={() => props.onResume(task)}
            isDisabled={!canResume}
            aria-label={`Resume ${name}`}
          >
            <RotateCcw size={16} aria-hidden="true" /> Resume
          </Button>
        )}
        {task.state === 'done' && (
          <Button
            className="button"
            onPress={() => props.onOpen(task)}
            aria-label={`Open the result of ${name}`}
          >
            Open
          </Button>
        )}
        <Button
          className="button"
          onPress={() => props.onUseSettings(task)}
          aria-label={`Use these settings of ${name}`}
        >
          Use these settings
        </Button>
        {toInput && (
          <Button
            className="button"
            onPress={toInput}
            aria-label={`Use as input: the result of ${name}`}
          >
            Use as input
          </Button>
        )}
      </div>
    </li>
  )
}

function stateLine(task: PastTask, now: number, isCurrent: boolean): string {
  if (task.state === 'running') {
    return isCurrent ? 'In progress' : 'Not waited for. The task continues.'
  }
  if (task.state === 'failed') {
    return task.message ?? 'Failed'
  }
  const cost = task.credits === undefined ? [] : [`${task.credits} credits`]
  const expiry = task.completedAt === undefined ? 'Done' : expiryLabel(task.completedAt, now)
  return [expiry, ...cost].join(' · ')
}

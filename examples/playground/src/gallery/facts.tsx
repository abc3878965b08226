import type { ReactElement } from 'react'
import type { PastTask } from '../history/past-task.ts'
import { serviceId } from '../history/task-seen.ts'
import { durationLabel } from '../run/elapsed.ts'
import { CopyButton } from './copy-button.tsx'

interface FactsProps {
  readonly task: PastTask
  /** For instance `576 × 1024`. */
  readonly size: string
}

/** Figures of a task, as far as the service reports them. */
export function Facts({ task, size }: FactsProps): ReactElement {
  const { createdAt, completedAt, credits, input } = task
  const id = serviceId(task.taskId)
  const seed = task.seed ?? input.seed
  const facts = [
    ['Size', size],
    [
      'Duration',
      createdAt === undefined || completedAt === undefined
        ? ''
        : durationLabel(completedAt - createdAt),
    ],
    ['Credits', credits === undefined ? '' : String(credits)],
    ['Seed', seed === undefined ? '' : String(seed)],
  ]
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      <div className="fact-id">
        <dt>Task id</dt>
        <dd>
          <code>{id}</code>
          <CopyButton text={id} label="Copy id" />
        </dd>
      </div>
    </dl>
  )
}

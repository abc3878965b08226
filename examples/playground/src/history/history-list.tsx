import type { ModelSummary } from '@apikley/types'
import { useRef, useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'
import { useNow } from '../run/use-now.ts'
import type { PastTask } from './past-task.ts'
import { PastTaskCard, type PastTaskActions } from './past-task-card.tsx'

interface HistoryListProps extends PastTaskActions {
  readonly tasks: readonly PastTask[]
  readonly models: readonly ModelSummary[]
  /** The task that the page waits for. */
  readonly current: string | undefined
  readonly isBusy: boolean
  readonly onRestore: (task: PastTask) => void
}

/** The tasks of this browser, with their states. */
export function HistoryList(props: HistoryListProps): ReactElement {
  const { tasks, models, current, isBusy, onRestore, ...actions } = props
  const now = useNow(60_000)
  const announce = useAnnounce()
  const [removed, setRemoved] = useState<PastTask>()
  const undo = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const remove = (task: PastTask): void => {
    actions.onRemove(task)
    setRemoved(task)
    announce(`${task.model} is removed. Undo is possible.`)
    // The button that had the focus is removed.
    requestAnimationFrame(() => undo.current?.focus())
  }
  const restore = (task: PastTask): void => {
    onRestore(task)
    setRemoved(undefined)
    announce(`${task.model} is in the list again`)
    requestAnimationFrame(() => list.current?.focus())
  }
  return (
    <>
      {removed && !tasks.some(({ taskId }) => taskId === removed.taskId) && (
        <p className="removed">
          Removed {removed.model}
          <Button className="button" ref={undo} onPress={() => restore(removed)}>
            Undo
          </Button>
        </p>
      )}
      {tasks.length === 0 && (
        <p className="hint">Tasks that you start stay listed here, in this browser only.</p>
      )}
      <ul className="history" ref={list} tabIndex={-1} aria-label="Tasks">
        {tasks.map((task) => (
          <PastTaskCard
            key={task.taskId}
            {...actions}
            task={task}
            output={models.find(({ id }) => id === task.model)?.output}
            now={now}
            isCurrent={isBusy && task.taskId === current}
            canResume={!isBusy}
            onRemove={remove}
          />
        ))}
      </ul>
    </>
  )
}

import type { ReactElement } from 'react'
import { useNow } from '../run/use-now.ts'
import type { PastTask } from './history.ts'
import { PastTaskCard } from './past-task-card.tsx'

interface HistoryListProps {
  readonly tasks: readonly PastTask[]
  /** The task that is waited for right now. */
  readonly current: string | undefined
  readonly isBusy: boolean
  readonly onResume: (taskId: string) => void
  readonly onForget: (taskId: string) => void
}

/** The tasks of this browser, with what became of them. */
export function HistoryList({
  tasks,
  current,
  isBusy,
  onResume,
  onForget,
}: HistoryListProps): ReactElement {
  const now = useNow(60_000)
  if (tasks.length === 0) {
    return <p className="hint">Tasks that you start stay listed here, in this browser only.</p>
  }
  return (
    <ul className="history">
      {tasks.map((task) => (
        <PastTaskCard
          key={task.taskId}
          task={task}
          now={now}
          isCurrent={task.taskId === current}
          canResume={!isBusy}
          onResume={() => onResume(task.taskId)}
          onForget={() => onForget(task.taskId)}
        />
      ))}
    </ul>
  )
}

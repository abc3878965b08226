import type { ShownState } from './run-types.ts'
import type { SavedRun } from './saved-run.ts'

/**
 * What a page does when another tab has written to the store.
 *
 * - `show`: show the saved run in place of its own
 * - `poll`: poll its task at once, because the other tab has seen its end
 * - `keep`: nothing
 */
export function followTab(
  state: ShownState,
  saved: SavedRun | undefined,
): 'show' | 'poll' | 'keep' {
  const isWaiting = state.status === 'pending' && 'task' in state
  if (!saved) {
    // The other tab has deleted a run that failed, or forgets one that was stopped or has ended.
    const isOver = state.status === 'idle' || state.status === 'success'
    return isOver ? 'show' : pollIf(isWaiting)
  }
  const isShown = 'task' in state && saved.taskId === state.taskId && saved.over !== 'stopped'
  return isShown ? pollIf(isWaiting) : 'show'
}

function pollIf(isWaiting: boolean): 'poll' | 'keep' {
  return isWaiting ? 'poll' : 'keep'
}

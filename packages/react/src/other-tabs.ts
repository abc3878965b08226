import type { ShownState } from './run-types.ts'
import type { Persistence } from './saved-run.ts'
import type { Submission } from './submission.ts'

/**
 * Follows what another tab has written to `localStorage`.
 *
 * @returns whether the page shows the run of the other tab in place of its own
 */
export function followTab(
  { key, newValue }: StorageEvent,
  persistence: Persistence,
  state: ShownState,
  submission: Submission | undefined,
): boolean {
  const { saved: before, context } = persistence
  const taskId = 'task' in state ? state.taskId : undefined
  const isPending = state.status === 'pending'
  // A submission of this page finds the run of the other tab before it is sent.
  const isSubmitting = isPending && !taskId && submission?.stage !== 'recovering'
  // Without locks, reading a create in flight could void it.
  const isInFlight = newValue?.includes('idempotencyKey') && !navigator.locks
  if (key !== persistence.key || isSubmitting || isInFlight) {
    return false
  }
  persistence.follow(newValue)
  const { saved } = persistence
  // A run that failed is deleted, and one that is forgotten is stopped before.
  const isShown = saved
    ? taskId !== undefined && saved.taskId === taskId && saved.over !== 'stopped'
    : isPending || state.status === 'error'
  if (isShown) {
    persistence.saved ??= before
    if (isPending && taskId) {
      // The other tab may have seen the end.
      context.client.tasks.notify(taskId)
    }
  }
  return !isShown
}

import type { RunState } from '@apikley/react'
import { nextStepOf } from './next-step.ts'

const states: Readonly<Record<string, string>> = {
  waiting: 'Waiting for its turn',
  queuing: 'In the queue',
  generating: 'Generating',
  success: 'Done',
  fail: 'Failed',
}

/** A state of a task in words. The service may know others than this page does. */
export function stateLabel(state: string): string {
  return states[state] ?? `State: ${state}`
}

/**
 * What went wrong, in the service's own words where it has some. The error's message has the id in
 * it, which nobody wants to hear.
 */
function failureText({
  error,
  resumable,
}: Extract<RunState, { readonly status: 'error' }>): string {
  const { title, advice } = nextStepOf(error.kind, resumable)
  return `${title}. ${error.failMsg ?? error.msg ?? advice}`
}

/**
 * Where a run stands, in a few words; nothing when there is nothing to say. It changes with the
 * state, and not with progress or time.
 */
export function statusText(run: RunState): string {
  switch (run.status) {
    case 'idle':
      return run.taskId === undefined ? '' : 'Stopped waiting. The task continues.'
    case 'pending':
      if (run.phase === 'uploading') {
        return 'Uploading the file'
      }
      if (run.phase === 'queued') {
        return 'Queued on this page'
      }
      if (run.phase === 'creating') {
        return 'Creating the task'
      }
      if (run.isOffline) {
        return 'Offline. The wait continues when the browser is online.'
      }
      return run.task ? stateLabel(run.task.state) : 'The task is accepted'
    case 'success':
      if (run.urls.length === 0) {
        return 'Done'
      }
      return run.urls.length === 1 ? 'Done: 1 result' : `Done: ${run.urls.length} results`
    case 'error':
      return `Failed: ${failureText(run)}`
  }
}

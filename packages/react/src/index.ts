export type {
  ApikleyMutationOptions,
  ApikleyQueryOptions,
  ApikleySkippableOptions,
} from './option-types.ts'
export { messageFor, visitorMessages, type VisitorMessages } from './message-for.ts'
export { apikleyOptions, readTaskOptions, taskOptions } from './query-options.ts'
export type { ApikleyOptionFactories } from './generated/options.ts'
export { ApikleyProvider, useApikley, type ApikleyProviderProps } from './provider.ts'
export type {
  RunControls,
  RunFailure,
  IgnoredReason,
  RunOutcome,
  RunState,
  RunStore,
  RunSuccess,
  UseRunOptions,
} from './run-state.ts'
export { useRun, type UseRun, type UseRunResult } from './use-run.ts'
export {
  useRuns,
  type RunItem,
  type UseAnyRunsResult,
  type UseRunsOptions,
  type UseRunsResult,
} from './use-runs.ts'
export type { AnyResult, PendingTask, TaskKey, TaskOptions, TaskQueryState } from './task-wait.ts'
export { useTask } from './use-task.ts'
export { useUpload, type UploadItem, type UseUploadResult } from './use-upload.ts'

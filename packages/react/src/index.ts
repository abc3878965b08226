export type {
  ApikleyMutationOptions,
  ApikleyQueryOptions,
  ApikleySkippableOptions,
} from './option-types.ts'
export { messageFor, visitorMessages, type VisitorMessages } from './message-for.ts'
export { apikleyOptions, readTaskOptions, taskOptions } from './options.ts'
export type { ApikleyOptionFactories } from './generated/options.ts'
export type { TaskKey, TaskOptions } from './page-wait.ts'
export { ApikleyProvider, useApikley, type ApikleyProviderProps } from './provider.ts'
export type {
  AnyResult,
  PendingTask,
  RunControls,
  RunFailure,
  IgnoredReason,
  RunOutcome,
  RunState,
  RunStore,
  RunSuccess,
  UseRunOptions,
} from './run-types.ts'
export { useRun, type UseRun, type UseRunResult } from './use-run.ts'
export {
  useRuns,
  type RunItem,
  type UseAnyRunsResult,
  type UseRunsOptions,
  type UseRunsResult,
} from './use-runs.ts'
export type { TaskQueryState } from './task-state.ts'
export { useTask } from './use-task.ts'
export type { UploadItem } from './upload-list.ts'
export { useUpload, type UseUploadResult } from './use-upload.ts'

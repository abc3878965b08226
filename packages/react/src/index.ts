export type {
  ApikleyMutationOptions,
  ApikleyQueryOptions,
  ApikleySkippableOptions,
} from './option-types.ts'
export { apikleyOptions, taskOptions, type TaskKey, type TaskOptions } from './options.ts'
export type { ApikleyOptionFactories } from './generated/options.ts'
export { ApikleyProvider, useApikley, type ApikleyProviderProps } from './provider.ts'
export type { AnyResult, RunControls, RunState, RunStore, UseRunOptions } from './run-types.ts'
export { useRun, type UseRun, type UseRunResult } from './use-run.ts'
export type { TaskQueryState } from './task-wait.ts'
export { useTask } from './use-task.ts'

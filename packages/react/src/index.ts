export { apikleyOptions, type ApikleyOptionFactories } from './options.ts'
export type {
  ApikleyMutationOptions,
  ApikleyQueryOptions,
  ApikleySkippableOptions,
} from './option-types.ts'
export { ApikleyProvider, useApikley, type ApikleyProviderProps } from './provider.ts'
export type { UseRunOptions } from './run-context.ts'
export type { RunControls } from './run-controls.ts'
export type { RunState } from './run-state.ts'
export type { RunStore } from './run-store.ts'
export { taskOptions, type TaskOptions } from './task-options.ts'
export { useRun, type UseRunResult } from './use-run.ts'
export { useTask, type TaskQueryState } from './use-task.ts'

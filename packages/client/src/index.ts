// Programs declare models of their own in it, and may depend on the client alone.
export type { Models } from '@apikley/types'
export { createApikley, type Apikley, type Credits } from './client.ts'
export {
  ApikleyError,
  type ApikleyErrorData,
  type ApikleyErrorKind,
  type Charge,
} from './errors.ts'
export type { ApikleyEvent, EventListener, RequestEvent } from './events.ts'
export type { DownloadUrl, Save, SaveOptions } from './files/download.ts'
export { hasFiles } from './files/input-files.ts'
export { findFileProblem, type FileLimits } from './files/check-file.ts'
export { detectType, peek, type Peeked } from './files/detect-type.ts'
export type { NativeFile, UploadData } from './files/read-file.ts'
export type {
  Upload,
  UploadDataOptions,
  UploadedFile,
  UploadFromUrl,
  UploadOptions,
  UploadProgress,
} from './files/upload.ts'
export type { Api, OperationClient } from './http/api.ts'
export type { CallOptions } from './http/call.ts'
export type { RateLimit, Turn } from './http/rate-limit.ts'
export type { Logger, LogLevel } from './logger.ts'
export type { ApikleyOptions } from './options.ts'
export type { Clock, Runtime } from './runtime.ts'
export { memoryStore, type MemoryStoreOptions, type Store, type TurnLimit } from './store.ts'
export type { Recovery } from './tasks/create-once.ts'
export type { CreatedTask, CreateOptions, CreateTask, RunPhase } from './tasks/create.ts'
export type { GetTask, GetTaskOptions } from './tasks/get.ts'
export type { CreateKey, Recover, RecoverOptions } from './tasks/recover.ts'
export type {
  AudioResult,
  ImageResult,
  ObjectResult,
  ResultOf,
  Run,
  RunOptions,
  RunResult,
  TextResult,
  VideoResult,
} from './tasks/run.ts'
export {
  nextPoll,
  type DurationHistory,
  type NextPollOptions,
  type PollingHistory,
} from './tasks/schedule.ts'
export type { TaskResult } from './tasks/result.ts'
export type { Task, TaskDetails, TaskParam, TaskState } from './tasks/task.ts'
export type { WaitForTask, WaitOptions } from './tasks/wait.ts'
export { untyped } from './tasks/untyped.ts'
export type { WatchOptions, WatchTask } from './tasks/watch.ts'

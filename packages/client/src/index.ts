import { createClient, type Apikley } from './client.ts'
import { createDirect, createMethods } from './methods.ts'
import type { ApikleyOptions } from './options.ts'
import type { Runtime } from './runtime.ts'

export type { Apikley } from './client.ts'
export { ApikleyError, type ApikleyErrorData, type ApikleyErrorKind } from './errors.ts'
export type { ApikleyEvent, EventListener, RequestEvent } from './events.ts'
export type { Logger, LogLevel } from './logger.ts'
export type { Credits } from './account.ts'
export type { DownloadUrl, Save, SaveOptions } from './files/save.ts'
export type { UploadData } from './files/data.ts'
export type {
  Upload,
  UploadDataOptions,
  UploadedFile,
  UploadFromUrl,
  UploadOptions,
  UploadProgress,
} from './files/upload.ts'
export type { ApikleyOptions } from './options.ts'
export type { Clock, Runtime } from './runtime.ts'
export type { CreatedTask, CreateOptions, CreateTask } from './tasks/create.ts'
export type { GetTask } from './tasks/get.ts'
export type { DurationHistory, PollingHistory } from './tasks/history.ts'
export { nextPoll, type NextPollOptions } from './tasks/next-poll.ts'
export type { Run, RunAttempt, RunOptions, RunPhase, RunResult } from './tasks/run.ts'
export type { Task, TaskDetails, TaskParam, TaskResult, TaskState } from './tasks/task.ts'
export type { WaitForTask, WaitOptions } from './tasks/wait.ts'
export type { WatchOptions, WatchTask } from './tasks/watch.ts'
export type { Api } from './transport/api.ts'
export type { Limiter, RateLimit } from './transport/limiter.ts'
export type { CallOptions } from './transport/operation.ts'
export type { OperationClient } from './transport/send.ts'

/**
 * Makes a client. Nothing is sent until it is used.
 *
 * @param runtime clock, randomness and environment, for tests
 * @throws {ApikleyError} `configuration`
 * @example
 * const apikley = createApikley() // APIKLEY_API_KEY
 */
export function createApikley(
  options: ApikleyOptions = {},
  runtime: Partial<Runtime> = {},
): Apikley {
  return createClient(
    { keyVariable: 'APIKLEY_API_KEY', createMethods, createDirect },
    options,
    runtime,
  )
}

import type { ModelFileInput, ModelId } from '@apikley/types'
import { ApikleyError } from '../errors.ts'
import { hasFiles, uploadFilesIn } from '../files/files-in-input.ts'
import type { Upload } from '../files/upload.ts'
import type { Clock } from '../runtime.ts'
import { createDeadline } from '../transport/abort.ts'
import type { CreateOptions, CreateTask } from './create.ts'
import type { Task } from './task.ts'
import { defaultTimeout, stillRunning, type WaitForTask, type WaitOptions } from './wait.ts'

/** What a run is at: uploading the files in its input, creating the task, or waiting for it. */
export type RunPhase = 'uploading' | 'creating' | 'waiting'

export interface RunOptions extends CreateOptions, WaitOptions {
  /** Called when a phase begins; without files there is no uploading. */
  readonly onPhase?: ((phase: RunPhase) => void) | undefined
  /** Called as soon as the task is bought, before the first look at it: store the id here, and nothing is ever lost. */
  readonly onCreated?: ((taskId: string) => void) | undefined
}

export interface RunResult {
  readonly taskId: string
  /** Addresses of the results. They expire, usually after a day. */
  readonly urls: readonly string[]
  readonly task: Task
}

export type Run = <M extends ModelId>(model: M, input: ModelFileInput<M>, options?: RunOptions) => Promise<RunResult>

export function createRun(create: CreateTask, wait: WaitForTask, upload: Upload, clock: Clock): Run {
  return async (model, input, { timeout = defaultTimeout, signal, callbackUrl, onPhase, onCreated, onUpdate } = {}) => {
    let taskId: string | undefined
    const reason = (): ApikleyError => (taskId === undefined ? notSent(timeout) : stillRunning(taskId, timeout))
    const deadline = createDeadline(clock, timeout, reason, signal)
    try {
      if (hasFiles(input)) onPhase?.('uploading')
      const files = await uploadFilesIn(model, input, (file) => upload(file, { signal: deadline.signal }))
      onPhase?.('creating')
      ;({ taskId } = await create(model, files, { signal: deadline.signal, callbackUrl }))
      onCreated?.(taskId)
      onPhase?.('waiting')
      // The time of the whole call is what counts, and it has begun already.
      const task = await wait(taskId, { signal: deadline.signal, timeout: Number.POSITIVE_INFINITY, onUpdate })
      return { taskId, urls: task.urls, task }
    } finally {
      deadline.release()
    }
  }
}

function notSent(timeout: number): ApikleyError {
  return new ApikleyError({
    kind: 'timeout',
    message: `The ${timeout} ms of this call were over before the task was sent. Nothing was bought.`,
  })
}

import type { ModelFileInput, ModelId } from '@apikley/types'
import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { hasFiles, uploadFilesIn } from '../files/files-in-input.ts'
import type { Upload, UploadProgress } from '../files/upload.ts'
import { continuousTime, randomId } from '../runtime.ts'
import { createDeadline, orAborted } from '../transport/abort.ts'
import type { TransportConfig } from '../transport/fetch.ts'
import { checkJson } from './check-input.ts'
import type { CreateOptions, CreateTask } from './create.ts'
import type { Task } from './task.ts'
import {
  checkTimeout,
  defaultTimeout,
  stillRunning,
  type FollowToEnd,
  type WaitOptions,
} from './wait.ts'

/** What a run is at: uploading the files in its input, creating the task, or waiting for it. */
export type RunPhase = 'uploading' | 'creating' | 'waiting'

/** All that it takes to make an attempt to create a task once more. */
export interface RunAttempt {
  readonly attemptId: string
  /** In Unix ms, by the client's clock. */
  readonly firstSentAt: number
  /** Plain JSON: files are addresses by now. */
  readonly input: unknown
}

export interface RunOptions extends CreateOptions, WaitOptions {
  /**
   * How long the whole call may take, in ms, from its beginning. Before the task was sent, nothing
   * is bought (`timeout` without an id); while it is being sent, nobody can tell (`unconfirmed`);
   * after that the task still runs (`timeout` with its id). Default: 15 min.
   */
  readonly timeout?: number | undefined
  /** Called when a phase begins; without files there is no uploading. What it throws is ignored. */
  readonly onPhase?: ((phase: RunPhase) => void) | undefined
  /**
   * Called as the bytes of all the files in the input go, from none to all of them; see
   * `onProgress` of `files.upload`. What it throws is ignored.
   */
  readonly onUpload?: ((progress: UploadProgress) => void) | undefined
  /**
   * Called once, after the uploads, and awaited before the task is sent: store the attempt here to
   * be able to make it again, with its `attemptId` and `firstSentAt`, through a proxy that gives
   * one task for one attempt. When it fails, so does the run, with what it threw: nothing was
   * bought.
   */
  readonly onAttempt?: ((attempt: RunAttempt) => unknown) | undefined
  /**
   * Called as soon as the task is bought, and awaited before the first look at it: store the id
   * here, and nothing is ever lost. When it fails, so does the run, with an error that has the id.
   */
  readonly onCreated?: ((taskId: string) => unknown) | undefined
}

export interface RunResult {
  readonly taskId: string
  /** Addresses of the results. They expire, usually after a day. */
  readonly urls: readonly string[]
  readonly task: Task
}

export type Run = <M extends ModelId>(
  model: M,
  input: ModelFileInput<M>,
  options?: RunOptions,
) => Promise<RunResult>

/** @param waited how much of its time the call has spent already, in ms */
export type TimedRun = <M extends ModelId>(
  model: M,
  input: ModelFileInput<M>,
  options?: RunOptions,
  waited?: number,
) => Promise<RunResult>

export function createRun(
  create: CreateTask,
  followToEnd: FollowToEnd,
  upload: Upload,
  { clock, random }: TransportConfig,
): TimedRun {
  const time = continuousTime(clock)
  return async (model, input, options = {}, waited = 0) => {
    const {
      timeout = defaultTimeout,
      signal,
      callbackUrl,
      firstSentAt,
      attemptId = randomId(random),
    } = options
    const { onPhase, onUpload, onAttempt, onCreated, onUpdate } = options
    checkTimeout(timeout)
    checkJson(model, input, true)
    const started = time() - waited
    let taskId = ''
    const late = (failure?: ApikleyError): ApikleyError =>
      taskId === '' ? notSent(timeout) : stillRunning(taskId, timeout, failure)
    if (timeout <= waited) {
      throw late()
    }
    const deadline = createDeadline(clock, timeout - waited, late, signal)
    try {
      if (hasFiles(input)) {
        tell(onPhase, 'uploading')
      }
      const files = await uploadFilesIn(model, input, upload, deadline.signal, onUpload)
      tell(onPhase, 'creating')
      if (onAttempt) {
        await orAborted(
          Promise.resolve({
            attemptId,
            firstSentAt: firstSentAt ?? clock.now(),
            input: files,
          }).then(onAttempt),
          deadline.signal,
        )
      }
      const created = await create(model, files, {
        signal: deadline.signal,
        callbackUrl,
        attemptId,
        firstSentAt,
      })
      taskId = created.taskId
      if (onCreated) {
        await orAborted(store(onCreated, taskId), deadline.signal)
      }
    } finally {
      // The poller has a timer for all waits; a thousand runs need not have one each.
      deadline.release()
    }
    tell(onPhase, 'waiting')
    const left = Math.max(0, timeout - (time() - started))
    const task = await followToEnd(taskId, { signal, timeout: left, onUpdate }, late)
    return { taskId, urls: task.urls, task }
  }
}

async function store(onCreated: (taskId: string) => unknown, taskId: string): Promise<void> {
  try {
    await onCreated(taskId)
  } catch (cause) {
    const message = `Task ${taskId} was bought, but onCreated failed; call tasks.wait(${JSON.stringify(taskId)}) to collect it.`
    throw new ApikleyError({ kind: 'configuration', taskId, cause, message })
  }
}

function notSent(timeout: number): ApikleyError {
  return new ApikleyError({
    kind: 'timeout',
    message: `The ${timeout} ms of this call were over before the task was sent. Nothing was bought.`,
  })
}

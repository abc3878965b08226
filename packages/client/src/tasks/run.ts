import type { DeprecatedModelId, ModelId, ModelInput, ModelOutput } from '@apikley/types'
import { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { toAborted, withDeadline } from '../http/abort.ts'
import { checkOptions } from '../http/check-options.ts'
import type { Clock } from '../runtime.ts'
import type { CreateOptions, CreateTask } from './create.ts'
import type { Task } from './task.ts'
import { stillRunning } from './task-errors.ts'
import { DEFAULT_TIMEOUT_MS, type WaitOptions, type WaitWithin } from './wait.ts'

export interface RunOptions extends CreateOptions, WaitOptions {
  /**
   * How long the whole call may take, in ms. The error is `timeout` without an id before the task
   * is sent, `unconfirmed` while it is in flight, and `timeout` with the id after that: the task
   * then still runs. Default: 15 min.
   */
  readonly timeout?: number | undefined
  /**
   * Called with the id as soon as the task is created, and awaited before the first poll. Store the
   * id here, and no task is lost. If it fails, the call fails with an error that has the id.
   */
  readonly onCreated?: ((taskId: string) => unknown) | undefined
}

export interface RunResult {
  readonly taskId: string
  /** URLs of the results. They expire, usually after a day. */
  readonly urls: readonly string[]
  readonly task: Task
}

/** The URLs are those of pictures. */
export interface ImageResult extends RunResult {}

/** The URLs are those of videos. */
export interface VideoResult extends RunResult {}

/** The URLs are those of sounds. */
export interface AudioResult extends RunResult {}

export interface TextResult extends RunResult {
  /** Empty if the service returned no text. */
  readonly text: string
}

export interface ObjectResult extends RunResult {
  /** Empty if the service returned no object. */
  readonly object: Readonly<Record<string, unknown>>
}

interface Results {
  image: ImageResult
  video: VideoResult
  audio: AudioResult
  text: TextResult
  object: ObjectResult
  any: TextResult & ObjectResult
}

/** The result of a model. `any` holds all, for a model whose kind of result is unknown. */
export type ResultOf<M extends ModelId> = Results[ModelOutput<M>]

type RunModel = <M extends ModelId>(
  model: M,
  input: ModelInput<M>,
  options?: RunOptions,
) => Promise<ResultOf<M>>

interface RunDeprecatedModel {
  /** @deprecated Apikley has retired this model. */
  <M extends DeprecatedModelId>(
    model: M,
    input: ModelInput<M>,
    options?: RunOptions,
  ): Promise<ResultOf<M>>
}

/** An editor strikes a call through by its overload. Without one, errors are shorter. */
export type Run = [DeprecatedModelId] extends [never] ? RunModel : RunDeprecatedModel & RunModel

export function createRun(create: CreateTask, wait: WaitWithin, clock: Clock): Run {
  return async <M extends ModelId>(
    model: M,
    input: ModelInput<M>,
    given?: RunOptions,
  ): Promise<ResultOf<M>> => {
    const options: RunOptions = checkOptions(given)
    const { timeout = DEFAULT_TIMEOUT_MS, signal, onPhase, onCreated, onUpdate } = options
    const started = clock.now()
    // Not negative, and not more than all of it, when the clock is changed meanwhile.
    const left = (): number => timeout - Math.min(timeout, Math.max(0, clock.now() - started))
    const { taskId } = await create(model, input, { ...options, timeout })
    if (onCreated) {
      const late = (): ApikleyError => stillRunning(taskId, timeout)
      const storing = withDeadline(clock, left(), late, signal, () =>
        storeTaskId(onCreated, taskId),
      )
      await storing.catch((error: unknown) => {
        throw toAborted(error, signal, { taskId })
      })
    }
    emit(onPhase, 'waiting')
    const task = await wait(taskId, { signal, timeout: left(), onUpdate }, timeout)
    const { urls, text, object } = task
    return { taskId, urls, text, object, task }
  }
}

async function storeTaskId(onCreated: (taskId: string) => unknown, taskId: string): Promise<void> {
  try {
    await onCreated(taskId)
  } catch (cause) {
    const next = `call tasks.wait(${JSON.stringify(taskId)}) to collect it.`
    const message = `Task ${taskId} was created and charged, but onCreated failed; ${next}`
    throw new ApikleyError({ kind: 'configuration', taskId, cause, message })
  }
}

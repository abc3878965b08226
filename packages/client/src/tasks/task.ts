import type { KnownValues, ModelId, OperationData } from '@apikley/types'

/** A task as the service records it, untouched. */
export type TaskDetails = OperationData<'get-task-details'>

/**
 * Where a task stands. `waiting`, `queuing` and `generating` go on; `success` and `fail` are final;
 * new words may come.
 */
export type TaskState = KnownState | (string & {})

type KnownState = KnownValues['TaskDetails.state']

/** What a task was created with. */
export interface TaskParam {
  readonly model?: ModelId | (string & {})
  readonly input?: Readonly<Record<string, unknown>>
  readonly callBackUrl?: string
}

/**
 * What a model gave, as it came. Most give `resultUrls`, which are in `urls`; texts and the like
 * come as `resultObject`.
 */
export type TaskResult = Readonly<Record<string, unknown>>

/** A task, read. Times are in Unix milliseconds; what is not known is `undefined`. */
export interface Task {
  readonly taskId: string
  readonly model: ModelId | (string & {})
  readonly state: TaskState
  /**
   * Addresses of the results; empty until there are any. They expire, usually after a day: save
   * what you want to keep.
   */
  readonly urls: readonly string[]
  readonly result: TaskResult | undefined
  readonly param: TaskParam | undefined
  readonly failCode: string | undefined
  readonly failMsg: string | undefined
  /** In percent; only some models say. */
  readonly progress: number | undefined
  readonly creditsConsumed: number | undefined
  readonly createTime: number | undefined
  readonly updateTime: number | undefined
  readonly completeTime: number | undefined
  readonly raw: TaskDetails
}

/**
 * These two states end a task. Every other one goes on, whether it is known or not. A document that
 * has other words for them does not compile.
 */
export function hasEnded({ state }: Task): boolean {
  return state === ('success' satisfies KnownState) || state === ('fail' satisfies KnownState)
}

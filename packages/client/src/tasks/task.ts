import type { KnownValues, ModelId, OperationData } from '@apikley/types'
import { isRecord } from '../http/classify.ts'

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

/** Reads a record. Fields of another type than documented are left out here and stay in `raw`. */
export function readTask(raw: TaskDetails): Task {
  const result = parseObject(raw.resultJson)
  return {
    taskId: raw.taskId,
    model: raw.model,
    state: raw.state,
    urls: Array.isArray(result?.resultUrls)
      ? result.resultUrls.filter((url) => typeof url === 'string')
      : [],
    result,
    param: readParam(raw.param),
    failCode: readText(raw.failCode),
    failMsg: readText(raw.failMsg),
    progress: number(raw.progress),
    creditsConsumed: number(raw.creditsConsumed),
    createTime: number(raw.createTime),
    updateTime: number(raw.updateTime),
    completeTime: number(raw.completeTime),
    raw,
  }
}

/** The create request; its `input` comes as an object, or again as JSON in a string. */
function readParam(value: unknown): TaskParam | undefined {
  const param = parseObject(value)
  if (!param) {
    return undefined
  }
  const { model, callBackUrl } = param
  const input = parseObject(param.input)
  return {
    ...(typeof model === 'string' ? { model } : {}),
    ...(input ? { input } : {}),
    ...(typeof callBackUrl === 'string' ? { callBackUrl } : {}),
  }
}

/** An object, or JSON of one. Some answers hold the object where the documents promise a string. */
function parseObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'string') {
    return isRecord(value) ? value : undefined
  }
  try {
    const parsed: unknown = JSON.parse(value)
    return isRecord(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Empty and null both mean that there is nothing to say. */
export function readText(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return String(value)
  }
  return typeof value === 'string' && value !== '' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

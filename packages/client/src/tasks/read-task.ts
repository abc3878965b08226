import { isRecord } from '../transport/answer.ts'
import type { Task, TaskDetails, TaskParam } from './task.ts'

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
    failCode: text(raw.failCode),
    failMsg: text(raw.failMsg),
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
function text(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return String(value)
  }
  return typeof value === 'string' && value !== '' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

import type { Behaviour } from '../behaviour.ts'
import type { JsonObject } from '../document.ts'
import type { CallbackFate } from './outcome.ts'

/** A task that was accepted. What it looks like at a time follows from these. */
export interface SimulatedTask {
  readonly taskId: string
  readonly model: string
  /** The whole body of createTask. */
  readonly request: JsonObject
  readonly createTime: number
  /** Until then nobody knows it. */
  readonly visibleAt: number
  /** When its time is over, in Unix ms; infinite for one that is stuck. */
  readonly endsAt: number
  readonly price: number
  readonly callback: CallbackFate
  /** Takes the key that it was bought with out of texts that are kept. */
  readonly redact: (text: string) => string
  /** How it ends. */
  end: TaskEnd
  /** While its pictures are being made; it does not end before. */
  rendering: Promise<void> | undefined
}

export type TaskEnd =
  | { readonly state: 'success'; readonly result: JsonObject; readonly completeTime: number }
  | {
      readonly state: 'fail'
      readonly failCode: string
      readonly failMsg: string
      readonly completeTime: number
    }

export type TaskState = 'waiting' | 'queuing' | 'generating' | 'success' | 'fail'

export function stateAt(task: SimulatedTask, now: number): TaskState {
  if (now >= task.end.completeTime && !task.rendering) {
    return task.end.state
  }
  const part = (now - task.createTime) / (task.endsAt - task.createTime)
  return part < 0.1 ? 'waiting' : part < 0.25 ? 'queuing' : 'generating'
}

/** A task as recordInfo tells it. */
export function recordAt(task: SimulatedTask, now: number, behaviour: Behaviour): JsonObject {
  const { taskId, model, createTime, end, price } = task
  const state = stateAt(task, now)
  const ended = state === 'success' || state === 'fail'
  const failed = end.state === 'fail' && ended ? end : undefined
  const took = end.completeTime - createTime
  return {
    taskId,
    model,
    state,
    param: paramOf(task, behaviour),
    resultJson:
      end.state === 'success' && ended
        ? resultOf(end.result, behaviour)
        : failed
          ? null
          : behaviour.emptyResult,
    failCode: failed ? failed.failCode : behaviour.failFields,
    failMsg: failed ? failed.failMsg : behaviour.failFields,
    costTime: ended ? (behaviour.costTime === 'seconds' ? Math.round(took / 1000) : took) : null,
    completeTime: ended ? end.completeTime : null,
    createTime,
    updateTime: ended && behaviour.updateTime === 'completeTime' ? end.completeTime : createTime,
    // Only the Sora models are known to tell how far they are.
    ...(model.startsWith('sora-2') ? { progress: progressAt(task, now, ended) } : {}),
    ...(behaviour.creditsConsumed ? { creditsConsumed: failed ? 0 : price } : {}),
  }
}

function paramOf({ request }: SimulatedTask, { param }: Behaviour): string {
  const { input, ...others } = request
  return JSON.stringify({ input: param === 'double' ? JSON.stringify(input) : input, ...others })
}

function resultOf(result: JsonObject, { result: form }: Behaviour): unknown {
  return form === 'object' ? result : JSON.stringify(result)
}

function progressAt({ createTime, endsAt }: SimulatedTask, now: number, ended: boolean): number {
  return ended
    ? 100
    : Math.max(0, Math.min(99, Math.floor((100 * (now - createTime)) / (endsAt - createTime))))
}

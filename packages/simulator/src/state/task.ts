import type { JsonObject } from '../document.ts'
import type { Behaviour, CallbackFate } from '../scenario.ts'

/** An accepted task. Its record at any time follows from these fields. */
export interface SimulatedTask {
  readonly taskId: string
  readonly model: string
  /** The whole body of createTask. */
  readonly request: JsonObject
  readonly createTime: number
  /** The task is unknown before this time. */
  readonly visibleAt: number
  /** When the task ends, in Unix ms. Infinite for one that is stuck. */
  readonly endsAt: number
  readonly price: number
  readonly callback: CallbackFate
  /** Removes the API key of the request from texts. */
  readonly redact: (text: string) => string
  end: TaskEnd
  /** Pending while its files are rendered. The task does not end before. */
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

export function failedEnd(
  completeTime: number,
  failCode = '500',
  failMsg = 'Internal server error',
): TaskEnd {
  return { state: 'fail', failCode, failMsg, completeTime }
}

export function stateAt(task: SimulatedTask, now: number): string {
  const end = endAt(task, now)
  if (end) {
    return end.state
  }
  const part = (now - task.createTime) / (task.endsAt - task.createTime)
  if (part < 0.1) {
    return 'waiting'
  }
  return part < 0.25 ? 'queuing' : 'generating'
}

/** How the task has ended, once it has. */
function endAt(task: SimulatedTask, now: number): TaskEnd | undefined {
  return now >= task.end.completeTime && !task.rendering ? task.end : undefined
}

/** The record of a task, as recordInfo answers it. */
export function recordAt(task: SimulatedTask, now: number, behaviour: Behaviour): JsonObject {
  const { taskId, model, createTime, price } = task
  const end = endAt(task, now)
  const failed = end?.state === 'fail' ? end : undefined
  return {
    taskId,
    model,
    state: stateAt(task, now),
    param: paramOf(task, behaviour),
    resultJson: resultJsonOf(end),
    failCode: failed?.failCode ?? null,
    failMsg: failed?.failMsg ?? null,
    // Reported in seconds.
    costTime: end ? Math.round((end.completeTime - createTime) / 1000) : null,
    completeTime: end?.completeTime ?? null,
    createTime,
    // Reported to equal createTime even when the task has ended.
    updateTime: createTime,
    creditsConsumed: failed ? 0 : price,
  }
}

function resultJsonOf(end: TaskEnd | undefined): string | null {
  if (!end) {
    return ''
  }
  return end.state === 'success' ? JSON.stringify(end.result) : null
}

function paramOf({ request }: SimulatedTask, behaviour: Behaviour): string {
  const { input, ...others } = request
  // Reported as JSON in a string, documented as an object.
  const sent = behaviour === 'reported' ? JSON.stringify(input) : input
  return JSON.stringify({ input: sent, ...others })
}

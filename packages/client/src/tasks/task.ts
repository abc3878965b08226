import type { KnownValues, ModelId, OperationData } from '@apikley/types'
import { ApikleyError } from '../errors.ts'
import { media, withoutFiles } from '../generated/media.ts'
import { isRecord } from '../http/classify.ts'
import { MAX_QUOTED_CHARACTERS } from '../http/messages.ts'
import { decode, isBroken, readResult, type TaskResult } from './result.ts'

/** The record of the service, unchanged. */
export type TaskDetails = OperationData<'get-task-details'>

/**
 * A task in the state `waiting`, `queuing` or `generating` is running. `success` and `fail` are
 * final. The service may add states.
 */
export type TaskState = KnownState | (string & {})

type KnownState = KnownValues['TaskDetails.state']

/** The request that created a task. */
export interface TaskParam {
  readonly model?: ModelId | (string & {}) | undefined
  readonly input?: Readonly<Record<string, unknown>> | undefined
  readonly callBackUrl?: string | undefined
}

/** A task. Times are in Unix ms. Fields that the service does not report are `undefined`. */
export interface Task {
  readonly taskId: string
  readonly model: ModelId | (string & {})
  readonly state: TaskState
  /** The URLs of the results, or empty. They expire, usually after a day. */
  readonly urls: readonly string[]
  /** The text of a text model, else empty. */
  readonly text: string
  /** The object of an object model, else the whole result or empty. */
  readonly object: TaskResult
  readonly result: TaskResult | undefined
  readonly param: TaskParam | undefined
  readonly failCode: string | undefined
  readonly failMsg: string | undefined
  /** In percent. Only some models report it. */
  readonly progress: number | undefined
  readonly creditsConsumed: number | undefined
  readonly createTime: number | undefined
  readonly updateTime: number | undefined
  readonly completeTime: number | undefined
  readonly raw: TaskDetails
}

/** Other spellings of the states. */
const STATES: Readonly<Record<string, RegExp>> = {
  success: /^(success(ful)?|succeed(ed)?|completed?|finished|done)$/,
  fail: /^((\w+_)?(fail|error)(ed|ure)?|cancell?ed|rejected|expired|timed?[-_ ]?out)$/,
} satisfies Partial<Record<KnownState, RegExp>>

const RUNNING_STATES: readonly string[] = [
  'waiting',
  'queuing',
  'generating',
] satisfies KnownState[]

/** A known state in the spelling of the document. Other states are kept. */
function readState(state: string): TaskState {
  const plain = state.trim().toLowerCase()
  const [known] = Object.entries(STATES).find(([, pattern]) => pattern.test(plain)) ?? []
  return known ?? (RUNNING_STATES.includes(plain) ? plain : state)
}

/** The quoted state of a running task, if it is unknown. */
export function unknownState(task: Task | undefined): string | undefined {
  const isKnown = !task || RUNNING_STATES.includes(task.state)
  return isKnown ? undefined : JSON.stringify(task.state.slice(0, MAX_STATE_CHARACTERS))
}

const MAX_STATE_CHARACTERS = 100

/** Whether a task is in a final state. Unknown states are not final. */
export function hasEnded({ state }: Task): boolean {
  // Does not compile if the document renames these states.
  return state === ('success' satisfies KnownState) || state === ('fail' satisfies KnownState)
}

/**
 * Reads the record of a task that was asked for.
 *
 * @throws {ApikleyError} `unexpected-response` for the record of another task, and for a success
 *   whose files or result cannot be read
 */
export function readRecord(
  taskId: string,
  raw: TaskDetails,
  redact: (text: string) => string,
): Task {
  const task = readTask(raw)
  const { taskId: found, state, model, urls, result } = task
  let problem: string | undefined
  let code: number | undefined
  const text = typeof raw.resultJson === 'string' ? raw.resultJson : JSON.stringify(raw.resultJson)
  const hasFiles = Object.hasOwn(media, model) && !withoutFiles.includes(model)
  const isMissing = hasFiles || (!result && isBroken(text ?? ''))
  if (found !== taskId) {
    problem = `was not read: the answer is the record of task ${found}. Read it again.`
  } else if (state === 'success' && urls.length === 0 && isMissing) {
    code = 200
    problem =
      'succeeded and was charged, but its result cannot be read. Check the account at ' +
      `https://app.apikley.ru. The result: ${text || 'empty'}`
  }
  if (problem !== undefined) {
    const message = `Task ${taskId} ${redact(problem).slice(0, MAX_QUOTED_CHARACTERS)}`
    throw new ApikleyError({ kind: 'unexpected-response', code, taskId, message })
  }
  return task
}

/** Reads a record. A field of another type than documented is `undefined` and stays in `raw`. */
export function readTask(raw: TaskDetails): Task {
  const { result, urls } = readResult(raw.resultJson)
  return {
    taskId: raw.taskId,
    model: raw.model,
    state: readState(raw.state),
    urls,
    ...readOutput(result),
    result,
    param: readParam(raw.param),
    failCode: readText(raw.failCode),
    failMsg: readText(raw.failMsg),
    progress: readNumber(raw.progress),
    creditsConsumed: readNumber(raw.creditsConsumed),
    createTime: readNumber(raw.createTime),
    updateTime: readNumber(raw.updateTime),
    completeTime: readNumber(raw.completeTime),
    raw,
  }
}

/**
 * The text and the object of a result. A text model reports `{ resultObject: { text } }` or
 * `{ resultObject: text }`.
 */
function readOutput(result: TaskResult = {}): Pick<Task, 'text' | 'object'> {
  const output = result.resultObject ?? result
  const object = isRecord(output) ? output : {}
  return { text: readText(object.text ?? output) ?? '', object }
}

function readParam(value: unknown): TaskParam | undefined {
  const param = parseObject(value)
  return (
    param && {
      model: readText(param.model),
      input: parseObject(param.input),
      callBackUrl: readText(param.callBackUrl),
    }
  )
}

/** An object or the JSON of one. The service sends either, whatever its document says. */
function parseObject(value: unknown): Record<string, unknown> | undefined {
  const parsed = decode(value)
  return isRecord(parsed) ? parsed : undefined
}

/** An empty text has no meaning. Some codes are numbers. */
export function readText(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text : undefined
}

function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

import type { Input } from '../url/place.ts'

/** A task of this browser, as it was last read. Times are in Unix ms. */
export interface PastTask extends Draft {
  readonly taskId: string
  readonly state: 'running' | 'done' | 'failed'
  readonly urls: readonly string[]
  readonly text?: string | undefined
  readonly object?: Readonly<Record<string, unknown>> | undefined
  readonly credits?: number | undefined
  readonly seed?: number | undefined
  readonly createdAt?: number | undefined
  readonly completedAt?: number | undefined
  /** Why it failed. */
  readonly message?: string | undefined
}

/** What the page records about a task before it has an id. */
export interface Draft {
  readonly model: string
  readonly startedAt: number
  /** The input without its files. */
  readonly input: Input
  /** The picture in the input: a URL, or a small copy as a `data:` URL. */
  readonly before?: string | undefined
  /** The input in a few words. */
  readonly summary?: string | undefined
}

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isWebUrl: Check = (value) => /^https?:/.test(String(value))
const orMissing =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const DRAFT: Readonly<Record<keyof Draft, Check>> = {
  model: isText,
  startedAt: isNumber,
  input: isObject,
  before: orMissing((value) => isWebUrl(value) || String(value).startsWith('data:image/')),
  summary: orMissing(isText),
}

const PAST_TASK: Readonly<Record<keyof PastTask, Check>> = {
  ...DRAFT,
  taskId: isText,
  state: (value) => ['running', 'done', 'failed'].includes(String(value)),
  urls: (value) => Array.isArray(value) && value.every(isWebUrl),
  text: orMissing(isText),
  object: orMissing(isObject),
  credits: orMissing(isNumber),
  seed: orMissing(isNumber),
  createdAt: orMissing(isNumber),
  completedAt: orMissing(isNumber),
  message: orMissing(isText),
}

/** Whether stored JSON is a task. Other versions and other pages may write to the same storage. */
export function isPastTask(value: unknown): value is PastTask {
  return fits(value, PAST_TASK)
}

export function isDraft(value: unknown): value is Draft {
  return fits(value, DRAFT)
}

function fits(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  return (
    isObject(value) &&
    Object.entries(checks).every(([name, check]) => check(Reflect.get(Object(value), name)))
  )
}

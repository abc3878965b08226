import { misconfigured, unsent } from '../errors.ts'

type Check = readonly [isValid: (value: unknown) => boolean, expected: string]

const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0
const TEXT: Check = [(value) => typeof value === 'string' && value !== '', 'a text']
const FUNCTION: Check = [(value) => typeof value === 'function', 'a function']

/** Checks by the name of an option. */
const CHECKS: Readonly<Record<string, Check>> = {
  signal: [isSignal, 'an AbortSignal'],
  timeout: [isTime, 'a number of milliseconds'],
  createdAt: [isTime, 'a time in Unix ms'],
  idempotencyKey: [isKey, 'a text of 1 to 255 printable ASCII characters without spaces'],
  fileName: TEXT,
  directory: TEXT,
}
const CALLBACKS = 'onKey onPhase onUpload onProgress onCreated onUpdate onPoll fetch onEvent'

/**
 * The options of a call, of which callers in JavaScript may pass other types.
 *
 * @throws {ApikleyError} `configuration`, before anything is sent
 */
export function checkOptions<Options extends object>(
  options: Options | undefined,
): Partial<Options> {
  const given: Partial<Options> = options ?? {}
  if (options !== undefined && tagOf(options) !== 'Object') {
    throw misconfigured(`The options must be an object, not ${shown(options)}.`)
  }
  for (const name of options ? [...Object.keys(CHECKS), ...CALLBACKS.split(' ')] : []) {
    const value: unknown = Reflect.get(given, name)
    const [isValid, expected] = CHECKS[name] ?? FUNCTION
    if (value !== undefined && !isValid(value)) {
      throw misconfigured(`${name} must be ${expected}, not ${shown(value)}.`)
    }
  }
  return given
}

/** @throws {ApikleyError} `invalid-input` */
export function checkTaskId(taskId: unknown): string {
  if (typeof taskId !== 'string' || taskId === '') {
    throw unsent('invalid-input', `The task id must be a text, not ${shown(taskId)}.`)
  }
  return taskId
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value)
}

/** Known by its members: test DOMs and frames have their own class. `fetch` accepts null. */
function isSignal(value: unknown): boolean {
  const { aborted, addEventListener }: Partial<AbortSignal> = Object(value)
  return value === null || (typeof aborted === 'boolean' && typeof addEventListener === 'function')
}

/** A text may be a secret. */
function shown(value: unknown): string {
  return typeof value === 'number' || value === '' ? `"${value}"` : tagOf(value)
}

/** The name of a built-in class, also of another realm. */
export const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

/**
 * How the service behaves where its documents and what is reported of it differ. Everything is as
 * reported unless said otherwise; nothing here has been tried against the live service.
 */
export interface Behaviour {
  /** An error is a `code` in the body of HTTP 200, or a real HTTP status with the same number. */
  readonly errors: 'code' | 'status'
  /** The code of a wrong parameter: 500 for createTask and 400 elsewhere, or 422 everywhere. */
  readonly parameterErrors: 'by-operation' | 422
  /** An unknown task: 422 "recordInfo is null", or 404 "Task not found". */
  readonly unknownTask: 422 | 404
  /** How long a new task may stay unknown, in ms. Each task gets its own delay up to this one. */
  readonly invisibleFor: number
  /**
   * How the words of an answer are called. `message` alone is in the prose of the documents, and
   * not in their schemas.
   */
  readonly messageKey: 'msg' | 'message' | 'both'
  /** `input` in a task's `param` is JSON in a string again, or an object. */
  readonly param: 'double' | 'single'
  /** `failCode` and `failMsg` of a task that did not fail. */
  readonly failFields: null | ''
  /** `resultJson` before success. */
  readonly emptyResult: '' | null
  /** `resultJson` after success; an object has been met, but no schema allows it. */
  readonly result: 'string' | 'object'
  readonly costTime: 'seconds' | 'milliseconds'
  /** `updateTime` of a task that has ended. */
  readonly updateTime: 'createTime' | 'completeTime'
  /** createTask also answers with a `recordId`. */
  readonly recordId: boolean
  /** A task tells its `creditsConsumed` from the start. */
  readonly creditsConsumed: boolean
  /**
   * What a callback says about credits: `creditsConsumed`, or `consumeCredits` and
   * `remainedCredits`.
   */
  readonly callbackCredits: 'creditsConsumed' | 'consumeCredits'
}

interface Difference<Value> {
  readonly what: string
  readonly reported: Value
  readonly documented: Value
  /** What else it can be set to; `any` is any number from 0 up. */
  readonly others?: readonly Value[] | 'any'
}

/** One row for each difference. The README prints this table. */
export const differences: { readonly [Name in keyof Behaviour]: Difference<Behaviour[Name]> } = {
  errors: {
    what: 'an error is a code in the body of HTTP 200, or an HTTP status',
    reported: 'code',
    documented: 'status',
  },
  parameterErrors: {
    what: 'the code of a wrong parameter: 500 for createTask and 400 elsewhere, or 422',
    reported: 'by-operation',
    documented: 422,
  },
  unknownTask: { what: 'the code of an unknown task', reported: 422, documented: 404 },
  invisibleFor: {
    what: 'the longest time that a new task stays unknown, in ms',
    reported: 1500,
    documented: 0,
    others: 'any',
  },
  messageKey: {
    what: 'where the words of an answer are',
    reported: 'msg',
    documented: 'both',
    others: ['message'],
  },
  param: {
    what: '`input` inside `param` is encoded once more',
    reported: 'double',
    documented: 'single',
  },
  failFields: {
    what: '`failCode` and `failMsg` when nothing failed',
    reported: null,
    documented: '',
  },
  emptyResult: { what: '`resultJson` before success', reported: '', documented: null },
  result: {
    what: '`resultJson` after success',
    reported: 'string',
    documented: 'string',
    others: ['object'],
  },
  costTime: { what: 'the unit of `costTime`', reported: 'seconds', documented: 'milliseconds' },
  updateTime: {
    what: 'what `updateTime` of an ended task equals',
    reported: 'createTime',
    documented: 'completeTime',
  },
  recordId: { what: 'createTask also sends `recordId`', reported: true, documented: false },
  creditsConsumed: {
    what: 'a task tells its `creditsConsumed` from the start',
    reported: true,
    documented: false,
  },
  callbackCredits: {
    what: 'what a callback calls the credits',
    reported: 'creditsConsumed',
    documented: 'consumeCredits',
  },
}

/** `reported`, `documented`, or single differences on top of what is reported. */
export type BehaviourChoice = 'reported' | 'documented' | Partial<Behaviour>

export function chooseBehaviour(choice: BehaviourChoice = 'reported'): Behaviour {
  const of = <Name extends keyof Behaviour>(name: Name): Behaviour[Name] => {
    const { reported, documented } = differences[name]
    if (choice === 'documented') {
      return documented
    }
    if (choice === 'reported') {
      return reported
    }
    const chosen = choice[name]
    return chosen === undefined ? reported : chosen
  }
  return {
    errors: of('errors'),
    parameterErrors: of('parameterErrors'),
    unknownTask: of('unknownTask'),
    invisibleFor: of('invisibleFor'),
    messageKey: of('messageKey'),
    param: of('param'),
    failFields: of('failFields'),
    emptyResult: of('emptyResult'),
    result: of('result'),
    costTime: of('costTime'),
    updateTime: of('updateTime'),
    recordId: of('recordId'),
    creditsConsumed: of('creditsConsumed'),
    callbackCredits: of('callbackCredits'),
  }
}

import type { Fault, Outcome } from '@apikley/simulator'

/** One thing that can go wrong, and what has to come of it. */
export interface Cell {
  readonly name: string
  /** What is called: `create`, or a whole `run`, or one whose input is a file. */
  readonly call: 'create' | 'run' | 'upload'
  readonly faults?: readonly Fault[]
  readonly outcomes?: readonly Outcome[]
  /** Whether a connection is open already when the call is made. Default: false. */
  readonly reused?: boolean
  /** Nobody listens at the address. */
  readonly closed?: boolean
  /** How far the caller's clock is ahead, in ms. Default: 0. */
  readonly skew?: number
  /** How many tasks are bought: never more. */
  readonly bought: 0 | 1
  /** `value`, or the kind of the error; a second one where platforms do not say enough. */
  readonly ends: string | readonly [string, string]
}

type Case = Omit<Cell, 'call'>

const create = 'create-task'
const poll = 'get-task-details'
const upload = 'upload-file-stream'

/** An answer of a status, before or after the task was bought. */
const status = (code: number, accepted: boolean): Case => ({
  name: `HTTP ${code} ${accepted ? 'after' : 'before'} acceptance`,
  faults: [{ operation: create, fault: 'status', status: code, accepted }],
  bought: accepted ? 1 : 0,
  ends: 'unconfirmed',
})

/** An error inside HTTP 200. */
const inside = (code: number, ends: string): Case => ({
  name: `code ${code} inside HTTP 200`,
  faults: [{ operation: create, fault: 'code', code, times: 'always' }],
  bought: 0,
  ends,
})

const reset = (accepted: boolean, reused: boolean): Case => ({
  name: `reset ${accepted ? 'after' : 'before'} acceptance, ${reused ? 'reused' : 'fresh'} connection`,
  faults: [{ operation: create, fault: 'reset', accepted }],
  reused,
  bought: accepted ? 1 : 0,
  ends: 'unconfirmed',
})

const redirect = (accepted: boolean): Case => ({
  name: `redirect to a closed port ${accepted ? 'after' : 'before'} acceptance`,
  faults: [
    {
      operation: create,
      fault: 'status',
      status: 307,
      headers: { location: 'http://127.0.0.1:9/' },
      accepted,
    },
  ],
  bought: accepted ? 1 : 0,
  ends: 'unconfirmed',
})

const creates: readonly Case[] = [
  { name: 'nothing', bought: 1, ends: 'value' },
  reset(false, false),
  reset(false, true),
  reset(true, false),
  reset(true, true),
  {
    name: 'no connection can be opened',
    closed: true,
    bought: 0,
    ends: ['connection', 'unconfirmed'],
  },
  redirect(false),
  redirect(true),
  ...[500, 502, 503, 504].flatMap((code) => [status(code, false), status(code, true)]),
  {
    name: 'hang before acceptance',
    faults: [{ operation: create, fault: 'hang' }],
    bought: 0,
    ends: 'unconfirmed',
  },
  {
    name: 'hang after acceptance',
    faults: [{ operation: create, fault: 'hang', accepted: true }],
    bought: 1,
    ends: 'unconfirmed',
  },
  {
    name: 'slow body, in time',
    faults: [{ operation: create, fault: 'drip', ms: 1, bytes: 20 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'slow body, too late',
    faults: [{ operation: create, fault: 'drip', ms: 800 }],
    bought: 1,
    ends: 'unconfirmed',
  },
  {
    name: 'truncated JSON',
    faults: [{ operation: create, fault: 'truncate' }],
    bought: 1,
    ends: 'unconfirmed',
  },
  {
    name: 'a body that breaks off',
    faults: [{ operation: create, fault: 'break' }],
    bought: 1,
    ends: 'unconfirmed',
  },
  {
    name: 'HTML page with HTTP 502',
    faults: [{ operation: create, fault: 'html', accepted: true }],
    bought: 1,
    ends: 'unconfirmed',
  },
  {
    name: 'HTML page with HTTP 200',
    faults: [{ operation: create, fault: 'html', status: 200, accepted: true }],
    bought: 1,
    ends: 'unconfirmed',
  },
  {
    name: 'empty body with HTTP 200',
    faults: [{ operation: create, fault: 'empty', status: 200, accepted: true }],
    bought: 1,
    ends: 'unconfirmed',
  },
  {
    name: 'wrong content type',
    faults: [{ operation: create, fault: 'content-type', type: 'text/html' }],
    bought: 1,
    ends: 'value',
  },
  inside(401, 'authentication'),
  inside(402, 'insufficient-credits'),
  inside(422, 'rejected'),
  inside(429, 'rate-limited'),
  inside(433, 'key-limit'),
  inside(455, 'maintenance'),
  inside(500, 'rejected'),
  inside(501, 'rejected'),
  inside(505, 'feature-disabled'),
  inside(799, 'unexpected-response'),
  {
    name: 'code 429 twice',
    faults: [{ operation: create, fault: 'code', code: 429, times: 2 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 429 with Retry-After in seconds',
    faults: [{ operation: create, fault: 'status', status: 429, retryAfter: 2 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 429 with Retry-After as a date',
    faults: [{ operation: create, fault: 'status', status: 429, retryAfter: { date: 2 } }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'code 429, then a reset after acceptance',
    faults: [
      { operation: create, fault: 'code', code: 429 },
      { operation: create, fault: 'reset', accepted: true },
    ],
    bought: 1,
    ends: 'unconfirmed',
  },
]

const thinking = { taskId: 'task', model: 'ideogram/v3-reframe', state: 'thinking' }

const polls: readonly Case[] = [
  { name: 'reset x1', faults: [{ operation: poll, fault: 'reset' }], bought: 1, ends: 'value' },
  {
    name: 'reset x4',
    faults: [{ operation: poll, fault: 'reset', times: 4 }],
    bought: 1,
    ends: 'value',
  },
  // With the longest pauses that may be drawn, so many in a row outlast the patience of a wait: 2
  // min.
  {
    name: 'reset x12',
    faults: [{ operation: poll, fault: 'reset', times: 12 }],
    bought: 1,
    ends: ['value', 'connection'],
  },
  {
    name: 'HTTP 500',
    faults: [{ operation: poll, fault: 'status', status: 500 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 502 x3',
    faults: [{ operation: poll, fault: 'html', times: 3 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 429 with Retry-After in seconds',
    faults: [{ operation: poll, fault: 'status', status: 429, retryAfter: 2 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 429 with Retry-After as a date',
    faults: [{ operation: poll, fault: 'status', status: 429, retryAfter: { date: 2 } }],
    bought: 1,
    ends: 'value',
  },
  { name: 'not visible at first', outcomes: [{ invisibleFor: 150 }], bought: 1, ends: 'value' },
  {
    name: 'wrong content type',
    faults: [{ operation: poll, fault: 'content-type', type: 'text/html' }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'truncated JSON x3',
    faults: [{ operation: poll, fault: 'truncate', times: 3 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'empty body',
    faults: [{ operation: poll, fault: 'empty', status: 200 }],
    bought: 1,
    ends: 'value',
  },
  { name: 'hang', faults: [{ operation: poll, fault: 'hang' }], bought: 1, ends: 'value' },
  {
    name: 'unknown state x2',
    faults: [{ operation: poll, fault: 'code', code: 200, data: thinking, times: 2 }],
    bought: 1,
    ends: 'value',
  },
  { name: "the caller's clock is an hour ahead", skew: 3_600_000, bought: 1, ends: 'value' },
  { name: "the caller's clock is an hour behind", skew: -3_600_000, bought: 1, ends: 'value' },
  {
    name: 'code 401',
    faults: [{ operation: poll, fault: 'code', code: 401, times: 'always' }],
    bought: 1,
    ends: 'authentication',
  },
  {
    name: 'the task fails',
    outcomes: [{ state: 'fail', failMsg: 'the image cannot be read' }],
    bought: 1,
    ends: 'task-failed',
  },
]

const uploads: readonly Case[] = [
  { name: 'reset', faults: [{ operation: upload, fault: 'reset' }], bought: 1, ends: 'value' },
  {
    name: 'reset after it was kept',
    faults: [{ operation: upload, fault: 'reset', accepted: true }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 413',
    faults: [{ operation: upload, fault: 'status', status: 413, times: 'always' }],
    bought: 0,
    ends: 'rejected',
  },
  {
    name: 'HTTP 429',
    faults: [{ operation: upload, fault: 'status', status: 429, retryAfter: 1 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 502 x2',
    faults: [{ operation: upload, fault: 'html', times: 2 }],
    bought: 1,
    ends: 'value',
  },
  {
    name: 'HTTP 502, always',
    faults: [{ operation: upload, fault: 'html', times: 'always' }],
    bought: 0,
    ends: 'server',
  },
  {
    name: 'a body that breaks off',
    faults: [{ operation: upload, fault: 'break' }],
    bought: 1,
    ends: 'value',
  },
]

const of = (call: Cell['call'], cases: readonly Case[]): Cell[] =>
  cases.map((each) => ({ ...each, call }))

export const cells: readonly Cell[] = [
  ...of('create', creates),
  ...of('run', polls),
  ...of('upload', uploads),
]

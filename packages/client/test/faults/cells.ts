import type { Fault, FaultEffect, FaultTarget, Outcome } from '@apikley/simulator'

/** Faults, and the required end of a call. */
export interface Cell {
  readonly name: string
  /** A `create`, a whole `run`, or a run whose input is a file. */
  readonly call: 'create' | 'run' | 'upload'
  readonly faults?: readonly Fault[]
  readonly outcomes?: readonly Outcome[]
  /** Whether a connection is open already when the call is made. Default: false. */
  readonly reused?: boolean
  /** Nothing listens at the URL. */
  readonly closed?: boolean
  /** How far the clock of the caller is ahead, in ms. Default: 0. */
  readonly skew?: number
  /** Whether the request only ends by its timeout. */
  readonly timesOut?: boolean
  /** How many tasks are charged. */
  readonly charged: 0 | 1
  /** `value`, or the kind of the error. Two where platforms do not report enough. */
  readonly ends: Ends
}

type Ends = string | readonly [string, string]
type Effect = FaultEffect & Omit<FaultTarget, 'operation'>
type More = Partial<Cell>

/** A row of the tables below: the name, the faults, the number of tasks, the end. */
type Row = readonly [string, Effect | readonly Effect[], 0 | 1, Ends, More?]

const truncate: Effect = { fault: 'truncate' }
const location = 'http://127.0.0.1:9/'
const redirect: Effect = { fault: 'status', status: 307, headers: { location } }
const busyThenReset: readonly Effect[] = [
  { fault: 'code', code: 429 },
  { fault: 'reset', accepted: true },
]
const htmlType: Effect = { fault: 'content-type', type: 'text/html' }
const thinking = { taskId: 'task', model: 'ideogram/v3-reframe', state: 'thinking' }
const retryAfter = (seconds: number | { date: number }): Effect => ({
  fault: 'status',
  status: 429,
  retryAfter: seconds,
})

/** A fault before and after the service accepts the task. The client cannot distinguish them. */
const beforeAndAfter = (name: string, effect: Effect, more: More = {}): Row[] => [
  [`${name} before acceptance`, effect, 0, 'unconfirmed', more],
  [`${name} after acceptance`, { ...effect, accepted: true }, 1, 'unconfirmed', more],
]

/** An error inside HTTP 200. */
const inside = (code: number, ends: Ends): Row => [
  `code ${code} inside HTTP 200`,
  { fault: 'code', code, times: 'always' },
  0,
  ends,
]

const creates: readonly Row[] = [
  ['no fault', [], 1, 'value'],
  ...beforeAndAfter('reset of a fresh connection', { fault: 'reset' }),
  ...beforeAndAfter('reset of a reused connection', { fault: 'reset' }, { reused: true }),
  ['no connection can be opened', [], 0, ['connection', 'unconfirmed'], { closed: true }],
  ...beforeAndAfter('redirect to a closed port', redirect),
  ...[500, 502, 503, 504].flatMap((status) =>
    beforeAndAfter(`HTTP ${status}`, { fault: 'status', status }),
  ),
  ...beforeAndAfter('hang', { fault: 'hang' }, { timesOut: true }),
  ['slow body, in time', { fault: 'drip', ms: 1, bytes: 20 }, 1, 'value'],
  ['slow body, too late', { fault: 'drip', ms: 800 }, 1, 'unconfirmed', { timesOut: true }],
  ['truncated JSON', truncate, 1, 'unconfirmed'],
  ['body that breaks off', { fault: 'break' }, 1, 'unconfirmed'],
  ['HTML page with HTTP 502', { fault: 'html', accepted: true }, 1, 'unconfirmed'],
  ['HTML page with HTTP 200', { fault: 'html', status: 200, accepted: true }, 1, 'unconfirmed'],
  ['empty body with HTTP 200', { fault: 'empty', status: 200, accepted: true }, 1, 'unconfirmed'],
  ['wrong content type', htmlType, 1, 'value'],
  inside(401, 'authentication'),
  inside(402, 'insufficient-credits'),
  inside(429, 'rate-limited'),
  inside(455, 'maintenance'),
  inside(500, 'rejected'),
  inside(0, 'unconfirmed'),
  inside(799, 'unconfirmed'),
  ['code 429 twice', { fault: 'code', code: 429, times: 2 }, 1, 'value'],
  ['HTTP 429 with Retry-After in seconds', retryAfter(2), 1, 'value'],
  ['HTTP 429 with Retry-After as a date', retryAfter({ date: 2 }), 1, 'value'],
  ['code 429, then a reset after acceptance', busyThenReset, 1, 'unconfirmed'],
]

const polls: readonly Row[] = [
  ['reset x1', { fault: 'reset' }, 1, 'value'],
  ['reset x4', { fault: 'reset', times: 4 }, 1, 'value'],
  // Twelve of the longest pauses take longer than the 2 min that a wait retries.
  ['reset x12', { fault: 'reset', times: 12 }, 1, ['value', 'connection']],
  ['HTTP 500', { fault: 'status', status: 500 }, 1, 'value'],
  ['HTTP 502 x3', { fault: 'html', times: 3 }, 1, 'value'],
  ['HTTP 429 with Retry-After in seconds', retryAfter(2), 1, 'value'],
  ['HTTP 429 with Retry-After as a date', retryAfter({ date: 2 }), 1, 'value'],
  ['not visible at first', [], 1, 'value', { outcomes: [{ invisibleFor: 150 }] }],
  ['wrong content type', htmlType, 1, 'value'],
  ['truncated JSON x3', { ...truncate, times: 3 }, 1, 'value'],
  ['empty body', { fault: 'empty', status: 200 }, 1, 'value'],
  ['hang', { fault: 'hang' }, 1, 'value', { timesOut: true }],
  ['unknown state x2', { fault: 'code', code: 200, data: thinking, times: 2 }, 1, 'value'],
  ['clock of the caller an hour ahead', [], 1, 'value', { skew: 3_600_000 }],
  ['clock of the caller an hour behind', [], 1, 'value', { skew: -3_600_000 }],
  ['code 401', { fault: 'code', code: 401, times: 'always' }, 1, 'authentication'],
  ['the task fails', [], 1, 'task-failed', { outcomes: [{ state: 'fail', failMsg: 'no' }] }],
]

const uploads: readonly Row[] = [
  ['reset', { fault: 'reset' }, 1, 'value'],
  ['reset after the file is stored', { fault: 'reset', accepted: true }, 1, 'value'],
  ['HTTP 413', { fault: 'status', status: 413, times: 'always' }, 0, 'rejected'],
  ['HTTP 429', retryAfter(1), 1, 'value'],
  ['HTTP 502 x2', { fault: 'html', times: 2 }, 1, 'value'],
  ['HTTP 502, always', { fault: 'html', times: 'always' }, 0, 'server'],
  ['body that breaks off', { fault: 'break' }, 1, 'value'],
]

function toCells(
  call: Cell['call'],
  operation: NonNullable<Fault['operation']>,
  rows: readonly Row[],
): Cell[] {
  return rows.map(([name, effects, charged, ends, more = {}]) => {
    const faults = [effects].flat().map((effect): Fault => ({ operation, ...effect }))
    return { name, call, charged, ends, ...(faults.length > 0 ? { faults } : {}), ...more }
  })
}

export const cells: readonly Cell[] = [
  ...toCells('create', 'create-task', creates),
  ...toCells('run', 'get-task-details', polls),
  ...toCells('upload', 'upload-file-stream', uploads),
]

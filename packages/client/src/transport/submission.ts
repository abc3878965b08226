/**
 * What an answer to a request that is charged means, when it is no success. The first row that fits
 * counts; what a row does not name may be anything. Only what is certainly a refusal is an error of
 * its own kind, and only what was refused for the moment is sent again.
 *
 * - `refused`: not taken and not charged
 * - `resend`: refused for the moment, and sent again
 * - `unconfirmed`: it may have been accepted
 * - `unexpected-response`: an answer that means nothing to this client, and brings no task
 *
 * An answer that holds a task id, whatever its numbers, is unconfirmed before this table is looked
 * at. The README prints it.
 */
export const submission: readonly Row[] = [
  { code: [429, 455], then: 'resend' },
  { code: [400, 401, 402, 404, 422, 433, 505], then: 'refused' },
  // Gateways answer these when they lost patience, not when the service refused.
  { status: [408, 499], then: 'unconfirmed' },
  { status: [429, 455], then: 'resend' },
  { status: '4xx', then: 'refused' },
  // A wrong parameter is reported so; over HTTP 500 the same numbers say nothing about the task.
  { status: '2xx', code: [500, 501], then: 'refused' },
  { status: '2xx', code: [200], then: 'unconfirmed' },
  { status: '2xx', code: 'any', then: 'unexpected-response' },
  { then: 'unconfirmed' },
]

export interface Row {
  /** HTTP status. */
  readonly status?: readonly number[] | '2xx' | '4xx'
  /** The code in the envelope; `any` means that there is an envelope. */
  readonly code?: readonly number[] | 'any'
  readonly then: 'refused' | 'resend' | 'unconfirmed' | 'unexpected-response'
}

/** The row for an answer; the last one fits every answer. */
export function rowFor(status: number, code: number | undefined): Row | undefined {
  return submission.find((row) => fits(row.status, status) && fits(row.code, code))
}

function fits(pattern: Row['status'] | Row['code'], number: number | undefined): boolean {
  if (pattern === undefined || number === undefined) {
    return pattern === undefined
  }
  return typeof pattern === 'string'
    ? pattern === 'any' || pattern === `${Math.trunc(number / 100)}xx`
    : pattern.includes(number)
}

import type { OperationId } from '@apikley/types'

/** Something that goes wrong, as data: in a program, in a scenario file or over HTTP. */
export type Fault = FaultTarget & FaultEffect

/** Which requests a fault strikes. */
export interface FaultTarget {
  /** An operation's id, or `files` for the download of a file. Default: any. */
  readonly operation?: OperationId | 'files'
  /** How many requests that match are let through first. Default: 0. */
  readonly skip?: number
  /** How many requests it strikes. Default: 1. */
  readonly times?: number | 'always'
  /** How likely it strikes a request that matches, from 0 to 1; drawn from the seed. Default: 1. */
  readonly chance?: number
  /**
   * Whether the request has its effect (a task is bought, a file kept) before the answer goes
   * wrong. Default: false. The faults that only spoil a right answer (`delay`, `truncate`, `break`,
   * `drip`, `content-type`) always have.
   */
  readonly accepted?: boolean
}

export type FaultEffect =
  /** An HTTP status; the body is the error envelope with the same code, unless it is given. */
  | {
      readonly fault: 'status'
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly retryAfter?: RetryAfter
    }
  /** An error code in the body of HTTP 200. */
  | {
      readonly fault: 'code'
      readonly code: number
      readonly msg?: string
      /** Default: null. */
      readonly data?: unknown
      readonly retryAfter?: RetryAfter
    }
  /** The answer comes later. */
  | { readonly fault: 'delay'; readonly ms: number }
  /** No answer ever comes. */
  | { readonly fault: 'hang' }
  /** The connection is reset before a byte of the answer. */
  | { readonly fault: 'reset' }
  /** No connection can be opened. Only in process: a server that listens cannot refuse one. */
  | { readonly fault: 'refuse' }
  /** The first half of the body, and then a proper end. */
  | { readonly fault: 'truncate' }
  /** The first half of the body, and then the connection is reset. */
  | { readonly fault: 'break' }
  /** A gateway's page. Default status: 502. */
  | { readonly fault: 'html'; readonly status?: number }
  /** The body comes in pieces, `ms` apart. Default: 1 byte each. */
  | { readonly fault: 'drip'; readonly ms: number; readonly bytes?: number }
  /** A status without a body. Default: 500. */
  | { readonly fault: 'empty'; readonly status?: number }
  /** The right answer under another content type. */
  | { readonly fault: 'content-type'; readonly type: string }

/** Seconds, sent as a number or as the date that is so many seconds away. */
export type RetryAfter = number | { readonly date: number }

/** Faults that spoil a right answer rather than replace it. */
export const spoiling: ReadonlySet<Fault['fault']> = new Set([
  'delay',
  'truncate',
  'break',
  'drip',
  'content-type',
])

export function takesEffect(fault: Fault): boolean {
  return spoiling.has(fault.fault) || fault.accepted === true
}

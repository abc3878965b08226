import type { ApikleyError, ApikleyErrorData } from '../errors.ts'
import { storeFailed } from '../store.ts'

/**
 * - `made`: `createKey` has made the key, and nothing has used it
 * - `claimed`: a process prepares the request. Nothing was sent.
 * - `sent`: the request may have been sent. No process takes it over.
 * - `created`, `refused`, `unconfirmed`: the outcome
 * - `void`: the request was not sent, and this record keeps it from being sent
 */
type CreateState = 'made' | 'claimed' | 'sent' | 'created' | 'refused' | 'unconfirmed' | 'void'

/** What a store holds of one idempotency key. */
export interface CreateRecord {
  readonly state: CreateState
  /** Makes every value unique, because drivers repeat a command after a lost connection. */
  readonly nonce: string
  /** In Unix ms. After it, a record in flight has no outcome: its process has ended. */
  readonly until: number
  /** The id of the marker when the key was unused. If it has changed, the key may be in use. */
  readonly marker?: string | undefined
  /** A digest of model and input. */
  readonly input?: string | undefined
  readonly taskId?: string | undefined
  readonly error?: ApikleyErrorData | undefined
  /** Whether a refusal is reported as the outcome, so that the key creates nothing any more. */
  readonly isFinal?: boolean | undefined
}

export type RecordFields = Omit<CreateRecord, 'nonce' | 'until'>

/** A record, and the text that the store holds. */
export interface StoredRecord extends CreateRecord {
  readonly text: string
}

/** The prefix makes it invalid as JSON, which some drivers parse. */
export function toStored(record: CreateRecord): StoredRecord {
  return { ...record, text: `=${JSON.stringify(record)}` }
}

/** @throws {ApikleyError} `configuration` */
export function readRecord(text: string): StoredRecord {
  try {
    return { ...JSON.parse(text.slice(1)), text }
  } catch (cause) {
    throw storeFailed('it returned a text that was not written by this package', cause)
  }
}

/** The service's message may quote the input, which no store should hold. */
export function withoutTexts({
  kind,
  charge,
  code,
  status,
  requestId,
}: ApikleyError): ApikleyErrorData {
  const number = code === undefined ? '' : ` (${code})`
  const cost = charge === 'none' ? ' Nothing was charged.' : ''
  const message = `The create request with this idempotency key failed: ${kind}${number}.${cost}`
  return { kind, charge, code, status, requestId, message }
}

/** The first half of SHA-256 in hexadecimal. Objects are equal in any order of their fields. */
export async function digestOf(value: unknown): Promise<string> {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest, 0, 16), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

import { getAccountCredits } from './generated/operations.ts'
import type { OperationClient } from './transport/send.ts'

/** The balance of the account; it may be fractional. */
export type Credits = (options?: { readonly signal?: AbortSignal | undefined }) => Promise<number>

export function createCredits(client: OperationClient): Credits {
  return (options) => getAccountCredits(client, options)
}

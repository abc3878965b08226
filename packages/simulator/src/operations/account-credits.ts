import type { Handler } from '../service.ts'

export const accountCredits: Handler = ({ envelopes, ledger }) => envelopes.success(ledger.balance)

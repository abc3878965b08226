import type { Operation } from '../operation.ts'
import { refusal } from '../refusal.ts'

export const accountCredits: Operation = {
  method: 'GET',
  path: '/api/v1/chat/credit',
  async handle({ proxy: { options, apikley, limits }, user, signal }) {
    if (options.credits !== true)
      throw refusal(403, 'feature-disabled', 'The balance is not shown here. The proxy option `credits` opens it.')
    limits.reads(user)
    return apikley.credits({ signal })
  },
}

import type { Operation } from '../operation.ts'
import { notOpen } from '../refusal.ts'

export const accountCredits: Operation = {
  method: 'GET',
  path: '/api/v1/chat/credit',
  async handle({ proxy: { options, apikley, reads }, user, signal }) {
    if (options.credits !== true) throw notOpen('The balance is', 'credits')
    reads(user)
    return apikley.credits({ signal })
  },
}

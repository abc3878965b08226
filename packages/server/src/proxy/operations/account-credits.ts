import type { Operation } from '../operation.ts'
import { notOpen } from '../refusal.ts'

export const accountCredits: Operation = {
  method: 'GET',
  path: '/api/v1/chat/credit',
  async handle({ proxy: { options, apikley, read }, user, signal }) {
    if (options.credits !== true) {
      throw notOpen('The balance is', 'credits')
    }
    return read(user, () => apikley.credits({ signal }))
  },
}

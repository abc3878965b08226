import type { Fault, Outcome } from '@apikley/simulator'
import type { Failure } from '../src/run/failures.ts'

/** What the simulator does with the next task for each failure that the page offers. */
const RULES: Readonly<Record<Failure, { readonly fault: Fault } | { readonly outcome: Outcome }>> =
  {
    lost: { fault: { fault: 'reset', operation: 'create-task', accepted: true } },
    refused: {
      fault: { fault: 'code', code: 422, msg: 'Simulated refusal', operation: 'create-task' },
    },
    failed: { outcome: { state: 'fail', failCode: '422', failMsg: 'Simulated failure' } },
    slow: { outcome: { latency: 60_000 } },
    limit: {
      fault: {
        fault: 'code',
        code: 433,
        msg: 'Simulated: the limit of the key is reached',
        operation: 'create-task',
      },
    },
  }

/** The rule for the failure in a cookie of the page. */
export function ruleFor(cookie: string | undefined) {
  return Object.entries(RULES).find(([failure]) => failure === cookie)?.[1]
}

import type { Control } from '@apikley/simulator'
import type { Failure } from '../src/run/failures.ts'

type Rule = (control: Control) => void

const operation = 'create-task'

/** What happens to the next task for each failure that the page offers. */
const RULES: Readonly<Record<Failure, Rule>> = {
  lost: (control) => control.addFaults({ fault: 'reset', operation, accepted: true }),
  refused: (control) =>
    control.addFaults({ fault: 'code', code: 422, msg: 'Simulated refusal', operation }),
  failed: (control) =>
    control.addOutcomes({ state: 'fail', failCode: '422', failMsg: 'Simulated failure' }),
  slow: (control) => control.addOutcomes({ latency: 60_000 }),
  limit: (control) =>
    control.addFaults({ fault: 'code', code: 433, msg: 'Simulated limit of the key', operation }),
}

/** The rule for the failure in the cookie of the page. */
export function ruleFor(cookie: string | undefined): Rule | undefined {
  return Object.entries(RULES).find(([failure]) => failure === cookie)?.[1]
}

import { expect, inject, test } from 'vitest'
import { operations } from '../generated/contract.ts'
import { contractCases } from './cases.ts'
import type { ContractService } from './service.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the simulator, in the project `client-simulator`. */
    simulator: string | undefined
  }
}

const simulator = inject('simulator')
const service: ContractService =
  simulator === undefined
    ? { url: inject('prism'), isPrism: true }
    : { url: simulator, isPrism: false }

// Prism compares a wrong request with all models, which takes 10 ms or more. The simulator refuses
// the requests of all models, and Prism those of one.
const refusedBySimulator = /^create-task: (?!ideogram\/v3-reframe).* is refused/
const cases = operations
  .flatMap((operation) => contractCases(operation))
  .filter(({ needsPrefer, title }) =>
    service.isPrism ? !refusedBySimulator.test(title) : !needsPrefer,
  )

// Not `test.each`, which cuts long titles.
for (const { title, check } of cases) {
  test(`${title}`, async () => {
    await expect(check(service)).resolves.toBeUndefined()
  })
}

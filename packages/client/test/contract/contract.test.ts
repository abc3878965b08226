import { expect, inject, test } from 'vitest'
import { operations } from '../generated/contract.ts'
import { contractCases, QUICK_MODELS } from './cases.ts'
import type { ContractService } from './service.ts'
import type { RequestCases } from './tables.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL at which Prism serves the compiled document. */
    prism: string
    /** The URL of the simulator, in the project `client-simulator`. */
    simulator: string | undefined
  }
}

const simulator = inject('simulator')
const service: ContractService =
  simulator === undefined
    ? { url: inject('prism'), isPrism: true }
    : { url: simulator, isPrism: false }

/** The deep projects run all models. */
function isRun({ title }: RequestCases): boolean {
  return process.env.ALL_MODELS === '1' || QUICK_MODELS.includes(title)
}

// Prism compares a wrong request with all models, which takes 10 ms or more. The simulator refuses
// the requests of all models, and Prism those of one.
const refusedBySimulator = /^create-task: (?!ideogram\/v3-reframe).* is refused/
const cases = operations
  .flatMap(({ bodies, ...operation }) =>
    contractCases({
      ...operation,
      bodies: operation.id === 'create-task' ? bodies.filter(isRun) : bodies,
    }),
  )
  .filter(({ needsPrefer, title }) =>
    service.isPrism ? !refusedBySimulator.test(title) : !needsPrefer,
  )

// Not `test.each`, which cuts long titles.
for (const { title, check } of cases) {
  test(`${title}`, async () => {
    await expect(check(service)).resolves.toBeUndefined()
  })
}

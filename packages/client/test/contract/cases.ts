import type { OperationId } from '@apikley/types'
import { expect } from 'vitest'
import { acceptedRequests, refusedRequests, type RequestCase } from './requests.ts'
import { attempt, type ContractService, type Wish } from './service.ts'
import type { OperationCases, RequestCases } from './tables.ts'

/** One promise of the document, as a test of a service and the client. */
export interface ContractCase {
  readonly operation: OperationId
  readonly title: string
  /** Whether it asks for a documented answer, by Prism's header `Prefer`. */
  readonly needsPrefer: boolean
  /** @throws when the service or the client breaks the contract */
  readonly check: (service: ContractService) => Promise<void>
}

/** Models whose inputs have all kinds of fields: enums, numbers, files, lists and objects. */
export const QUICK_MODELS: readonly string[] = [
  'ideogram/v3-reframe',
  'bytedance/seedance-1.5-pro',
  'sora-2-pro-storyboard',
]

/** How a service refuses a request that violates the document. */
const refusal = { kind: 'rejected', status: 422 }

/** All cases of an operation: its documented answers, then its requests. */
export function contractCases(operation: OperationCases): ContractCase[] {
  const { id, parameters, bodies, successes, failures } = operation
  const isEmpty = operation.data === 'nothing'
  const args = argumentsOf(operation)
  const answers = Object.entries(successes).map(([example, answer]) => {
    const expected = { data: isEmpty ? undefined : Object(answer).data }
    const request = { title: example, args, wish: { example }, expected }
    return caseOf(operation, `${id} returns the data of the example ${example}`, [request])
  })
  const errors = Object.entries(failures.errors).map(([example, error]) => {
    return { title: example, args, wish: { example }, expected: { ...error, status: 200 } }
  })
  const statuses = failures.statuses.map((expected) => {
    return { title: `HTTP ${expected.status}`, args, wish: { status: expected.status }, expected }
  })
  const withoutKey = { args, wish: { withoutKey: true }, expected: { kind: 'authentication' } }
  const withoutBody = { args: argumentsOf({ ...operation, bodies: [] }), expected: refusal }
  return [
    ...answers,
    caseOf(operation, `${id} names every documented error inside HTTP 200`, errors),
    caseOf(operation, `${id} names every documented error status`, statuses),
    caseOf(operation, `${id} without a key is an authentication error`, [withoutKey]),
    ...(operation.isBodyRequired
      ? [caseOf(operation, `${id} without a body is refused`, [withoutBody])]
      : []),
    ...[...(parameters ? [parameters] : []), ...bodies].flatMap((request) => {
      const expected = { data: isEmpty ? undefined : expect.anything() }
      const toRequest = (expected: object) => (each: RequestCase) => {
        const args = argumentsOf(operation, { ...request, value: each.value })
        return { title: each.title, args, expected }
      }
      const name = `${id}: ${request.title}`
      const accepted = acceptedRequests(request).map(toRequest(expected))
      // Each differs from an accepted request in one field.
      const refused = refusedRequests(request).map(toRequest(refusal))
      return [
        caseOf(operation, `${name} is accepted with every documented value`, accepted),
        caseOf(operation, `${name} is refused for each violation`, refused),
      ]
    }),
  ]
}

/** The arguments after the client, with one of the requests replaced. */
function argumentsOf({ parameters, bodies }: OperationCases, replaced?: RequestCases): object[] {
  const isBody = replaced?.in === 'body'
  return [
    ...(parameters ? [isBody ? parameters : (replaced ?? parameters)] : []),
    ...bodies.slice(0, 1).map((body) => (isBody ? replaced : body)),
  ].map(({ value }) => value)
}

interface ExpectedRequest {
  readonly title?: string
  readonly args: readonly object[]
  readonly wish?: Wish
  readonly expected: object
}

/** Sends all requests at once. A difference shows the titles of the requests that failed. */
function caseOf(
  operation: OperationCases,
  title: string,
  requests: readonly ExpectedRequest[],
): ContractCase {
  return {
    operation: operation.id,
    title,
    needsPrefer: requests.some(({ wish = {} }) => wish.example ?? wish.status),
    async check(service) {
      const outcomes = requests.map(async ({ title = '', args, wish }) => {
        return [title, await attempt(service, operation, args, wish)]
      })
      expect(await Promise.all(outcomes)).toEqual(
        requests.map(({ title = '', expected }) => [title, expect.objectContaining(expected)]),
      )
    },
  }
}

import { expect } from 'vitest'
import { acceptedRequests, refusedRequests } from './requests.ts'
import { attempt, type ContractService, type Outcome, type Wish } from './service.ts'
import type { OperationCases, RequestCases } from './tables.ts'

/** One promise of the document, as a test of a service and the client. */
export interface ContractCase {
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

/** All cases of an operation: its documented answers, then its requests. */
export function contractCases(operation: OperationCases): ContractCase[] {
  const { isBodyRequired, parameters, bodies } = operation
  return [
    ...answerCases(operation),
    withoutKeyCase(operation),
    ...(isBodyRequired ? [withoutBodyCase(operation)] : []),
    ...[...(parameters ? [parameters] : []), ...bodies].flatMap((request) =>
      requestCases(operation, request),
    ),
  ]
}

function answerCases(operation: OperationCases): ContractCase[] {
  const { id, successes, failures } = operation
  const send = (service: ContractService, wish: Wish): Promise<Outcome> =>
    attempt(service, operation, argumentsOf(operation), wish)
  return [
    ...Object.entries(successes).map(([example, answer]) => ({
      title: `${id} returns the data of the example ${example}`,
      needsPrefer: true,
      check: async (service: ContractService) => {
        const data = operation.data === 'nothing' ? undefined : Object(answer).data
        expect(await send(service, { example })).toEqual({ data })
      },
    })),
    {
      title: `${id} names every documented error inside HTTP 200`,
      needsPrefer: true,
      check: (service) =>
        compare(
          Object.entries(failures.errors).map(([example, expected]) => ({
            title: example,
            send: () => send(service, { example }),
            expected: { ...expected, status: 200 },
          })),
        ),
    },
    {
      title: `${id} names every documented error status`,
      needsPrefer: true,
      check: (service) =>
        compare(
          failures.statuses.map((expected) => ({
            title: `HTTP ${expected.status}`,
            send: () => send(service, { status: expected.status }),
            expected,
          })),
        ),
    },
  ]
}

function withoutKeyCase(operation: OperationCases): ContractCase {
  return {
    title: `${operation.id} without a key is an authentication error`,
    needsPrefer: false,
    check: async (service) => {
      const outcome = attempt(service, operation, argumentsOf(operation), { withoutKey: true })
      expect(await outcome).toMatchObject({ kind: 'authentication' })
    },
  }
}

function withoutBodyCase(operation: OperationCases): ContractCase {
  return {
    title: `${operation.id} without a body is refused`,
    needsPrefer: false,
    check: async (service) => {
      const args = argumentsOf({ ...operation, bodies: [] })
      expect(await attempt(service, operation, args)).toMatchObject(refusal)
    },
  }
}

function requestCases(operation: OperationCases, request: RequestCases): ContractCase[] {
  const send = (service: ContractService, value: object): Promise<Outcome> =>
    attempt(service, operation, argumentsOf(operation, { ...request, value }))
  const name = `${operation.id}: ${request.title}`
  return [
    {
      title: `${name} is accepted with every documented value`,
      needsPrefer: false,
      check: (service) =>
        compare(
          acceptedRequests(request).map(({ title, value }) => ({
            title,
            send: () => send(service, value),
            expected: { data: operation.data === 'nothing' ? undefined : expect.anything() },
          })),
        ),
    },
    {
      title: `${name} is refused for each violation`,
      needsPrefer: false,
      check: (service) =>
        compare(
          // Each differs from an accepted request in one field.
          refusedRequests(request).map(({ title, value }) => ({
            title,
            send: () => send(service, value),
            expected: refusal,
          })),
        ),
    },
  ]
}

/** How a service refuses a request that violates the document. */
const refusal = { kind: 'rejected', status: 422 }

/** The arguments after the client, with one of the requests replaced. */
function argumentsOf({ parameters, bodies }: OperationCases, replaced?: RequestCases): object[] {
  const isBody = replaced?.in === 'body'
  return [
    ...(parameters ? [isBody ? parameters : (replaced ?? parameters)] : []),
    ...bodies.slice(0, 1).map((body) => (isBody ? replaced : body)),
  ].map(({ value }) => value)
}

interface Comparison {
  readonly title: string
  readonly send: () => Promise<Outcome>
  readonly expected: object
}

/** Sends all requests at once. A difference shows the titles of the requests that failed. */
async function compare(requests: readonly Comparison[]): Promise<void> {
  const outcomes = await Promise.all(
    requests.map(async ({ title, send }): Promise<[string, Outcome]> => [title, await send()]),
  )
  expect(Object.fromEntries(outcomes)).toMatchObject(
    Object.fromEntries(requests.map(({ title, expected }) => [title, expected])),
  )
}

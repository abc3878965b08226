import {
  ApikleyError,
  createApikley,
  type Apikley,
  type ApikleyErrorKind,
  type ApikleyOptions,
} from '../../src/index.ts'
import type { OperationCases } from './tables.ts'

/** The service that is held to the contract. */
export interface ContractService {
  readonly url: string
  /** Only Prism knows the header `Prefer`, and lists violations. */
  readonly isPrism: boolean
}

export interface Wish {
  /** The documented answer that Prism should send, by its example or by its HTTP status. */
  readonly example?: string
  readonly status?: number
  readonly withoutKey?: boolean
}

/** A client that asks Prism for one of the documented answers. It resends nothing. */
export function createMockClient(
  url: string,
  { example, status, withoutKey = false }: Wish = {},
  options: Partial<ApikleyOptions> = {},
  onResponse: (response: Response) => void = () => {},
): Apikley {
  const wishes = [
    ...(status === undefined ? [] : [`code=${status}`]),
    ...(example === undefined ? [] : [`example=${example}`]),
  ]
  const plenty = { limit: 1_000_000, interval: 1 }
  return createApikley({
    apiKey: 'test-key',
    baseUrl: url,
    uploadUrl: url,
    maxRetries: 0,
    limits: { creates: plenty, reads: plenty },
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('prefer', wishes.join(', ') || 'dynamic=false')
      if (withoutKey) {
        headers.delete('authorization')
      }
      const response = await fetch(input, { ...init, headers })
      onResponse(response)
      return response
    },
    ...options,
  })
}

/** What a call resolves to, or the error that it rejects with. */
export type Outcome =
  | { readonly data: unknown }
  | {
      readonly kind: ApikleyErrorKind
      readonly status: number | undefined
      readonly code: number | undefined
      readonly msg: string | undefined
      /** Where the request violates the document, for instance `body.input.seed`. */
      readonly places: readonly string[]
    }

export async function attempt(
  { url }: ContractService,
  operation: OperationCases,
  args: readonly unknown[],
  wish: Wish = {},
): Promise<Outcome> {
  let places: string[] = []
  const client = createMockClient(url, wish, {}, (response) => {
    places = placesIn(response.headers.get('sl-violations'))
  })
  try {
    return { data: await operation.call(client, ...args) }
  } catch (error) {
    if (!ApikleyError.is(error)) {
      throw error
    }
    const { kind, status, code, msg } = error
    return { kind, status, code, msg, places }
  }
}

interface Violation {
  /** For instance `['request', 'body', 'input']`. */
  readonly location: readonly string[]
  readonly message: string
}

/** Prism reports a missing field at the object around it, and names it in the message. */
function placesIn(header: string | null): string[] {
  // Prism cuts a long list, as that of many models is.
  const violations: Violation[] = header?.endsWith(']') ? JSON.parse(header) : []
  return violations.map(({ location, message }) => {
    const missing = /required property '(.+)'$/.exec(message)?.[1]
    return [...location.slice(1), ...(missing === undefined ? [] : [missing])].join('.')
  })
}

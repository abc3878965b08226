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
  /** Only Prism knows the header `Prefer`. */
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
): Apikley {
  const wishes = [
    ...(status === undefined ? [] : [`code=${status}`]),
    ...(example === undefined ? [] : [`example=${example}`]),
  ]
  const plenty = { limit: 1_000_000, interval: 1 }
  return createApikley({
    apiKey: 'any-long-key-will-do',
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
      return fetch(input, { ...init, headers })
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
    }

export async function attempt(
  { url }: ContractService,
  operation: OperationCases,
  args: readonly unknown[],
  wish: Wish = {},
): Promise<Outcome> {
  const client = createMockClient(url, wish)
  try {
    return { data: await operation.call(client, ...args) }
  } catch (error) {
    if (!ApikleyError.is(error)) {
      throw error
    }
    const { kind, status, code, msg } = error
    return { kind, status, code, msg }
  }
}

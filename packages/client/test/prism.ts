import { inject } from 'vitest'
import { createApikley, type Apikley, type ApikleyOptions } from '../src/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Prism serves the compiled document. */
    prism: string
  }
}

type Wish = { readonly example?: string; readonly status?: number }

/** A client of the mock that wishes for one of the documented answers. It sends nothing twice. */
export function prism(wish: Wish = {}, options: Partial<ApikleyOptions> = {}): Apikley {
  const parts = [
    wish.status && `code=${wish.status}`,
    wish.example && `example=${wish.example}`,
  ].filter(Boolean)
  return client((headers) => headers.set('prefer', parts.join(', ') || 'dynamic=false'), options)
}

/** A client whose key is lost on the way. */
export function anonymous(): Apikley {
  return client((headers) => headers.delete('authorization'), {})
}

function client(change: (headers: Headers) => void, options: Partial<ApikleyOptions>): Apikley {
  const url = inject('prism')
  const plenty = { limit: 1_000_000, interval: 1 }
  return createApikley({
    apiKey: 'test-key',
    baseUrl: url,
    uploadUrl: url,
    maxRetries: 0,
    limits: { creates: plenty, reads: plenty },
    fetch: (input, init) => {
      const headers = new Headers(init?.headers)
      change(headers)
      return fetch(input, { ...init, headers })
    },
    ...options,
  })
}

/** How the mock refuses a request that does not fit the document. */
export const refusal = { kind: 'rejected', status: 422 }

export function without<Value extends object, Key extends keyof Value>(
  value: Value,
  key: Key,
): Omit<Value, Key> {
  const { [key]: _, ...others } = value
  return others
}

export type RequiredKeys<Value> = {
  [Key in keyof Value]-?: object extends Pick<Value, Key> ? never : Key
}[keyof Value]

'use client'

import { createApikley, type Apikley } from '@apikley/client'
import { QueryClient, QueryClientContext, QueryClientProvider } from '@tanstack/react-query'
import { createContext, createElement, useContext, useMemo, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'

const ApikleyContext = createContext<Apikley | undefined>(undefined)

export interface ApikleyProviderProps {
  /** Default: a client of the proxy at `/api/apikley`, which holds the API key. */
  readonly client?: Apikley | undefined
  /** Default: the QueryClient of the nearest provider, or a new one. */
  readonly queryClient?: QueryClient | undefined
  readonly children?: ReactNode
}

/**
 * Provides the client to the hooks below it.
 *
 * @example
 * <ApikleyProvider><App /></ApikleyProvider>
 */
export function ApikleyProvider({
  client,
  queryClient,
  children,
}: ApikleyProviderProps): ReactElement {
  const above = useContext(QueryClientContext)
  const queries = useMemo(() => queryClient ?? above ?? new QueryClient(), [queryClient, above])
  const apikley = useMemo(() => client ?? createApikley({ proxyUrl: '/api/apikley' }), [client])
  return createElement(
    QueryClientProvider,
    { client: queries },
    createElement(ApikleyContext.Provider, { value: apikley }, children),
  )
}

/**
 * The client of the nearest ApikleyProvider.
 *
 * @throws {Error} outside an ApikleyProvider
 */
export function useApikley(): Apikley {
  const client = useContext(ApikleyContext)
  if (!client) {
    throw new Error('useApikley() must be used inside <ApikleyProvider>.')
  }
  return client
}

/** The objects that components of a client share, by their key. */
export type Shared<Value> = WeakMap<Apikley, Map<string, Value>>

/** An object of the component, or with a key the one that all components of the client share. */
export function useShared<Value>(
  shared: Shared<Value>,
  client: Apikley,
  key: string | undefined,
  create: (key?: string) => Value,
): Value {
  const [own] = useState(() => create())
  // A server renders the first state, and would keep a shared object as long as its client.
  if (key === undefined || typeof window === 'undefined') {
    return own
  }
  const byKey = shared.get(client) ?? new Map<string, Value>()
  shared.set(client, byKey)
  const value = byKey.get(key) ?? create(key)
  byKey.set(key, value)
  return value
}

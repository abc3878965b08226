'use client'

import { createApikley, type Apikley } from '@apikley/client'
import { QueryClient, QueryClientContext, QueryClientProvider } from '@tanstack/react-query'
import {
  createContext,
  createElement,
  useContext,
  useMemo,
  type ReactElement,
  type ReactNode,
} from 'react'

const ApikleyContext = createContext<Apikley | undefined>(undefined)

export interface ApikleyProviderProps {
  /** Default: a client that talks to a route of your own at `/api/apikley`, which holds the key. */
  readonly client?: Apikley | undefined
  /** Default: the QueryClient that is there already, or a new one. */
  readonly queryClient?: QueryClient | undefined
  readonly children?: ReactNode
}

/**
 * Gives the hooks below it their client.
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
 * @throws {Error} when there is none
 */
export function useApikley(): Apikley {
  const client = useContext(ApikleyContext)
  if (!client) {
    throw new Error('Put <ApikleyProvider> around it.')
  }
  return client
}

import { createApikley, type Apikley } from '@apikley/client'
import { QueryClient } from '@tanstack/react-query'
import { configure } from '@testing-library/react'
import { StrictMode, type ReactElement, type ReactNode } from 'react'
import { inject } from 'vitest'
import { ApikleyProvider } from '../src/index.ts'

// The default of a second is too short for a mock on a machine that is busy with other tests.
configure({ asyncUtilTimeout: 15_000 })

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Prism serves the compiled document. */
    prism: string
  }
}

export interface Setup {
  readonly client: Apikley
  readonly queryClient: QueryClient
  /** Method and path of every request that reached the mock. */
  readonly requests: string[]
  readonly wrapper: (props: { readonly children: ReactNode }) => ReactElement
}

/**
 * A page in StrictMode whose client talks to the mock and may wish for documented answers, by the
 * last part of a path.
 */
export function setup(wishes: Record<string, string> = {}): Setup {
  const url = inject('prism')
  const requests: string[] = []
  const client = createApikley({
    apiKey: 'test-key',
    // The page of a test is nobody's.
    dangerouslyAllowBrowser: true,
    baseUrl: url,
    uploadUrl: url,
    maxRetries: 0,
    // The mock's tasks have ended when they are created.
    polling: {
      minInterval: 20,
      history: {
        'ideogram/v3-reframe': { count: 20, mean: Math.log(20), variance: 0.1 },
      },
    },
    fetch: (input, init) => {
      const { pathname } = new URL(String(input))
      requests.push(`${init?.method} ${pathname}`)
      const headers = new Headers(init?.headers)
      const wish = wishes[pathname.split('/').at(-1) ?? '']
      if (wish) {
        headers.set('prefer', wish)
      }
      return fetch(input, { ...init, headers })
    },
  })
  const queryClient = new QueryClient()
  const wrapper = ({ children }: { readonly children: ReactNode }): ReactElement => (
    <StrictMode>
      <ApikleyProvider client={client} queryClient={queryClient}>
        {children}
      </ApikleyProvider>
    </StrictMode>
  )
  return { client, queryClient, requests, wrapper }
}

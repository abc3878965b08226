import { inject } from 'vitest'
import type { Apikley, ApikleyOptions } from '../src/index.ts'
import { createMockClient, type Wish } from './contract/service.ts'

export type { RequiredKeys } from './contract/tables.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL at which Prism serves the compiled document. */
    prism: string
  }
}

/** A client of Prism that asks for one of the documented answers. It resends nothing. */
export function prism(wish: Wish = {}, options: Partial<ApikleyOptions> = {}): Apikley {
  return createMockClient(inject('prism'), wish, options)
}

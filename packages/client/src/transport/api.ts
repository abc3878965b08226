import type { paths } from '@apikley/types'
import createClient, { type Client } from 'openapi-fetch'
import { createFetch, type TransportConfig } from './fetch.ts'
import type { Operation } from './operation.ts'

/** The openapi-fetch client of the compiled document. This module is the only one that knows how it is made. */
export type Api = Client<paths>

/**
 * The client underneath the generated operations. Called directly it follows the same rules: an answer that is not a success throws an
 * ApikleyError (`error` is never set), and only what is a plain read is sent again freely.
 */
export function createApi(config: TransportConfig): Api {
  return createClient<paths>({
    baseUrl: config.baseUrl,
    fetch: (request) => createFetch(config, unknownOperation(request), {})(request),
  })
}

/** Nothing is known of a direct call but its method, so anything but a read counts as charged. */
function unknownOperation({ method, url }: Request): Operation {
  return { id: `${method} ${new URL(url).pathname}`, server: 'api', resend: method === 'GET' ? 'safe' : 'never', expects: 'anything' }
}

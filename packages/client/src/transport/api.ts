import type { paths } from '@apikley/types'
import createClient, { type Client } from 'openapi-fetch'
import type { TransportConfig } from './fetch.ts'
import type { OperationClient } from './send.ts'

/**
 * The openapi-fetch client of the compiled document. This module is the only one that knows how it
 * is made.
 */
export type Api = Client<paths>

/**
 * The client underneath the generated operations.
 *
 * @param direct sends what goes neither through these operations nor through the methods of the
 *   client
 */
export function createApi(
  config: TransportConfig,
  direct: (request: Request) => Promise<Response>,
): OperationClient {
  const api = createClient<paths>({ baseUrl: config.baseUrl, fetch: direct })
  let hasMiddleware = false
  const use: Api['use'] = (...middleware) => {
    hasMiddleware = true
    api.use(...middleware)
  }
  return { api: { ...api, use }, transport: { ...config, hasMiddleware: () => hasMiddleware } }
}

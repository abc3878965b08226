import type { paths } from '@apikley/types'
import createClient, { type Client } from 'openapi-fetch'
import { directCalls } from '../generated/direct-calls.ts'
import { createFetch, type TransportConfig } from './fetch.ts'
import type { Operation } from './operation.ts'
import { LightRequest } from './request.ts'
import { absolute, type OperationClient } from './send.ts'

/** The openapi-fetch client of the compiled document. This module is the only one that knows how it is made. */
export type Api = Client<paths>

/**
 * The client underneath the generated operations. Called directly it follows the same rules: an answer that is not a success throws an
 * ApikleyError (`error` is never set), and what is charged is sent once.
 */
export function createApi(config: TransportConfig): OperationClient {
  const api = createClient<paths>({
    baseUrl: config.baseUrl,
    fetch(request) {
      const baseUrl = absolute(config.baseUrl)
      const path = request.url.startsWith(`${baseUrl}/`) ? request.url.slice(baseUrl.length) : undefined
      const known = path === undefined ? undefined : directCalls[`${request.method} ${path.replace(/\?.*$/, '')}`]
      const operation = unknownOperation(request)
      const url = known?.server === 'upload' ? `${absolute(config.uploadUrl)}${path}` : request.url
      return createFetch(config, { ...operation, ...known }, { signal: request.signal }, url)(request)
    },
  })
  // Middleware may do with a request whatever it likes, so where there is any, it gets the platform's own.
  let requestClass: object = { Request: LightRequest }
  const use: Api['use'] = (...middleware) => {
    requestClass = {}
    api.use(...middleware)
  }
  return { api: { ...api, use }, transport: { ...config, requestClass: () => requestClass } }
}

/** Of what is in no document nothing is known but its method, so anything but a read counts as charged. */
function unknownOperation({ method, url }: Request): Operation {
  return { id: `${method} ${new URL(url).pathname}`, server: 'api', resend: method === 'GET' ? 'safe' : 'never', expects: 'any' }
}

import type { paths } from '@apikley/types'
import createClient, { type Client } from 'openapi-fetch'
import { directCalls } from '../generated/direct-calls.ts'
import { createAttempts, type Success, type TransportConfig } from './fetch.ts'
import type { Operation } from './operation.ts'
import { LightRequest, LightResponse } from './request.ts'
import { absolute, type OperationClient, type Transport } from './send.ts'

/** The openapi-fetch client of the compiled document. This module is the only one that knows how it is made. */
export type Api = Client<paths>

/**
 * The client underneath the generated operations. Called directly it follows the same rules: an answer that is not a success throws an
 * ApikleyError (`error` is never set), and what is charged is sent once.
 */
export function createApi(config: TransportConfig): OperationClient {
  const api = createClient<paths>({
    baseUrl: config.baseUrl,
    async fetch(request) {
      const baseUrl = absolute(config.baseUrl)
      const path = request.url.startsWith(`${baseUrl}/`) ? request.url.slice(baseUrl.length) : undefined
      const known = path === undefined ? undefined : directCalls[`${request.method} ${path.replace(/\?.*$/, '')}`]
      const operation = { ...unknownOperation(request), ...known }
      // Who names an attempt has a reason: a proxy knows its repeats by the name.
      const attemptId = request.headers.get('idempotency-key') ?? undefined
      const url = known?.server === 'upload' ? `${absolute(config.uploadUrl)}${path}` : request.url
      return from(Response, await createAttempts(config, operation, { signal: request.signal, attemptId }, url)(request))
    },
  })

  // Middleware may do with requests and answers whatever it likes, so as soon as there is any, it gets the platform's own.
  let light = true
  const use: Api['use'] = (...middleware) => {
    light = false
    api.use(...middleware)
  }
  const through: Transport['through'] = (attempts) =>
    light
      ? { Request: LightRequest, fetch: async (request: LightRequest) => from(LightResponse, await attempts(request)) }
      : { fetch: async (request: Request) => from(Response, await attempts(request)) }
  return { api: { ...api, use }, transport: { ...config, through } }
}

/** Of what is in no document nothing is known but its method, so anything but a read counts as charged. */
function unknownOperation({ method, url }: Request): Operation {
  return { id: `${method} ${new URL(url).pathname}`, server: 'api', resend: method === 'GET' ? 'safe' : 'never', expects: 'any' }
}

const from = <Answer>(Answer: new (text: string, init: Success) => Answer, success: Success): Answer => new Answer(success.text, success)

import { isObject, type Json } from '../spec/compile/json.ts'

export type Question = {
  path: string
  method?: 'POST' | 'OPTIONS'
  body?: Json
  /** In place of the key. */
  key?: string
  headers?: Record<string, string>
}

export type Answer = { status: number; headers: Headers; json: Json }
export type Ask = (question: Question) => Promise<Answer>

export type Service = {
  key: string
  baseUrl: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
  createTimeout: () => AbortSignal
}

/**
 * Sends one request. A redirect is not followed, so no other host gets the key.
 *
 * @throws when the service does not answer or is not available: nothing can be learned then
 */
export function createAsk({ key, baseUrl, fetch, createTimeout }: Service): Ask {
  return async ({ path, method = 'GET', body, key: other = key, headers }) => {
    const response = await fetch(baseUrl + path, {
      method,
      redirect: 'manual',
      signal: createTimeout(),
      headers: { authorization: `Bearer ${other}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const json = parse(await response.text())
    const { status } = response
    if (method !== 'OPTIONS' && (status >= 502 || [429, 455].includes(codeOf(json) ?? status))) {
      throw new Error(`The service is not available: HTTP ${status} for ${path}. Try again later.`)
    }
    return { status, headers: response.headers, json }
  }
}

export function codeOf(json: Json): number | undefined {
  return isObject(json) && typeof json.code === 'number' ? json.code : undefined
}

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

import type { Behaviour } from './behaviour.ts'

/** An answer before it is sent, so that it can be looked at and spoiled. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
  /** What `body` is made of, when it is JSON. */
  readonly json?: unknown
}

export function jsonAnswer(
  json: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    json,
    body: JSON.stringify(json),
    headers: { 'content-type': 'application/json', ...headers },
  }
}

export function textAnswer(
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): Answer {
  return { status, body: text, headers: { 'content-type': contentType } }
}

/** The envelopes of the API, in the form that the behaviour asks for. */
export interface Envelopes {
  success(data: unknown, words?: string, more?: object): Answer
  /** An error. Without words it has those of the document's example. */
  refusal(code: number, words?: string, more?: object): Answer
}

export function createEnvelopes(
  { errors, messageKey }: Behaviour,
  messages: ReadonlyMap<number, string>,
): Envelopes {
  const said = (words: string): object => ({
    ...(messageKey === 'message' ? {} : { msg: words }),
    ...(messageKey === 'msg' ? {} : { message: words }),
  })
  return {
    success: (data, words = 'success', more = {}) =>
      jsonAnswer({ ...more, code: 200, ...said(words), data }),
    refusal: (code, words = messages.get(code) ?? `Error ${code}`, more = {}) =>
      jsonAnswer({ ...more, code, ...said(words), data: null }, errors === 'status' ? code : 200),
  }
}

/** An answer before it is sent. Faults and checks read it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
  /** The parsed body of a JSON answer. */
  readonly json?: unknown
  /** Replaces the body when a fault sends it in parts. */
  readonly stream?: ReadableStream<Uint8Array>
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

/** The success envelope of the API. */
export function successAnswer(data: unknown, msg = 'success', more: object = {}): Answer {
  return jsonAnswer({ ...more, code: 200, msg, data })
}

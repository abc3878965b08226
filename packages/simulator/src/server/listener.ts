import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Answers Node's requests with a function of the web platform. Written here rather than taken from a library, because a simulator has to do what
 * adapters protect from: reset a connection before or within an answer.
 *
 * @param base what paths are relative to
 */
export function createListener(
  base: () => string,
  answer: (request: Request, incoming: IncomingMessage) => Promise<Response>,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    respond(incoming, outgoing).catch((error: unknown) => {
      if (!isConnectionFailure(error)) console.error(error)
      // The caller sees what a dropped connection looks like.
      incoming.socket.resetAndDestroy()
    })
  }

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // A connection that breaks is the end of its request, and no event of interest.
    incoming.on('error', () => {})
    outgoing.on('error', () => {})
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort())
    let request: Request
    try {
      request = toRequest(incoming, base(), gone.signal)
    } catch {
      return end(incoming, outgoing, 400, Buffer.from('This is no request that can be answered'))
    }
    let response: Response
    try {
      response = await answer(request, incoming)
    } catch (error) {
      if (gone.signal.aborted) return
      throw error
    }
    if (gone.signal.aborted) return
    for (const [name, value] of response.headers) outgoing.setHeader(name, value)
    // A declared length belongs to a body that comes in pieces, or breaks off.
    if (response.body && response.headers.has('content-length')) await stream(response.status, response.body, outgoing)
    else end(incoming, outgoing, response.status, new Uint8Array(await response.arrayBuffer()))
  }
}

function toRequest(incoming: IncomingMessage, base: string, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', rawHeaders } = incoming
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '')
  const init: RequestInit & { duplex: 'half' } = { method, headers, signal, duplex: 'half' }
  if (method !== 'GET' && method !== 'HEAD') init.body = bodyOf(incoming)
  return new Request(new URL(url, base), init)
}

/** Flows as fast as it is read; when nobody wants the rest, it is thrown away, so that the caller gets to read its answer. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let over = false
  const stop = (act: () => void): void => {
    if (!over) act()
    over = true
  }
  return new ReadableStream(
    {
      start(controller) {
        incoming.on('data', (chunk: Buffer) => {
          if (over) return
          controller.enqueue(new Uint8Array(chunk))
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause()
        })
        incoming.once('end', () => stop(() => controller.close()))
        incoming.once('close', () => stop(() => controller.error(new Error('The connection broke within the body'))))
        incoming.pause()
      },
      pull() {
        incoming.resume()
      },
      cancel() {
        over = true
        incoming.resume()
      },
    },
    { highWaterMark: 1 },
  )
}

function end(incoming: IncomingMessage, outgoing: ServerResponse, status: number, body: Uint8Array): void {
  outgoing.statusCode = status
  if (status !== 204 && status !== 304) outgoing.setHeader('content-length', body.byteLength)
  if (!incoming.complete) {
    // What is still being sent is read and thrown away.
    outgoing.setHeader('connection', 'close')
    incoming.resume()
  }
  outgoing.end(body)
}

async function stream(status: number, body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = status
  outgoing.flushHeaders()
  const reader = body.getReader()
  outgoing.once('close', () => void reader.cancel().catch(() => {}))
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    await new Promise<void>((resolve, reject) => outgoing.write(value, (error) => (error ? reject(error) : resolve())))
  }
  outgoing.end()
}

function isConnectionFailure(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause
}

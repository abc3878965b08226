import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'
import { connectionError } from './connection.ts'
import type { Incoming } from './incoming.ts'

type Answering = (request: Incoming, incoming: IncomingMessage) => Promise<Answer>

/**
 * Answers Node's requests. It is our own, because adapters prevent what a simulator must do: reset
 * a connection before or within an answer.
 *
 * @param base the URL that paths are relative to
 */
export function createListener(
  base: string,
  answer: Answering,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    respond(base, answer, incoming, outgoing).catch((error: unknown) => {
      const isConnectionFailure = error instanceof TypeError && error.cause instanceof Error
      if (!isConnectionFailure) {
        console.error(error)
      }
      // The caller sees a dropped connection.
      incoming.socket.resetAndDestroy()
    })
  }
}

async function respond(
  base: string,
  answer: Answering,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  // A broken connection ends its request, and is not an error of the server.
  incoming.on('error', () => {})
  outgoing.on('error', () => {})
  const { method = 'GET', url = '/', headers } = incoming
  if (!URL.canParse(url, base)) {
    return end(incoming, outgoing, 400, 'The URL of the request is not valid')
  }
  const disconnected = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) {
      disconnected.abort(connectionError('ECONNRESET'))
    }
  })
  const request: Incoming = {
    method,
    url: new URL(url, base).href,
    headers: { get: (name) => headers[name]?.toString() ?? null },
    signal: disconnected.signal,
    body: bodyOf(incoming),
  }
  const { status, headers: answered, body, stream } = await answer(request, incoming)
  for (const [name, value] of Object.entries(answered)) {
    outgoing.setHeader(name, value)
  }
  if (!stream) {
    return end(incoming, outgoing, status, body)
  }
  outgoing.writeHead(status)
  for await (const chunk of stream) {
    await new Promise((resolve) => outgoing.write(chunk, resolve))
  }
  outgoing.end()
}

/** An unread rest is discarded rather than the connection closed, so that the caller gets its answer. */
async function* bodyOf(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    yield chunk
  }
}

function end(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  body: string | Uint8Array,
): void {
  outgoing.statusCode = status
  if (status !== 204 && status !== 304) {
    outgoing.setHeader('content-length', Buffer.byteLength(body))
  }
  if (incoming.complete) {
    outgoing.end(body)
    return
  }
  // The caller is still sending, and can read the answer now. The connection closes once the rest
  // of the body is discarded or times out.
  outgoing.setHeader('connection', 'close')
  outgoing.write(body)
  incoming.once('end', () => outgoing.end())
  incoming.resume()
}

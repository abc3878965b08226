import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Delivery } from './answer.ts'
import type { Incoming } from './incoming.ts'

/**
 * Answers Node's requests. It is our own, because adapters prevent what a simulator must do: reset
 * a connection before or within an answer.
 *
 * @param base the URL that paths are relative to
 */
export function createListener(
  base: string,
  answer: (request: Incoming, incoming: IncomingMessage) => Promise<Delivery>,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    respond(base, answer, incoming, outgoing).catch((error: unknown) => {
      if (!isConnectionFailure(error)) {
        console.error(error)
      }
      // The caller sees a dropped connection.
      incoming.socket.resetAndDestroy()
    })
  }
}

async function respond(
  base: string,
  answer: (request: Incoming, incoming: IncomingMessage) => Promise<Delivery>,
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
      disconnected.abort()
    }
  })
  const request: Incoming = {
    method,
    url: new URL(url, base).href,
    headers: { get: (name) => headers[name]?.toString() ?? null },
    signal: disconnected.signal,
    body: method === 'GET' || method === 'HEAD' ? null : bodyOf(incoming),
  }
  const ignoreDisconnect = (error: unknown): void => {
    if (!disconnected.signal.aborted) {
      throw error
    }
  }
  const delivery = await answer(request, incoming).catch(ignoreDisconnect)
  if (!delivery || disconnected.signal.aborted) {
    return
  }
  const { status, headers: answered, body } = delivery.answer
  for (const [name, value] of Object.entries(answered)) {
    outgoing.setHeader(name, value)
  }
  if (delivery.stream) {
    outgoing.statusCode = status
    outgoing.flushHeaders()
    await pipeline(delivery.stream, outgoing).catch(ignoreDisconnect)
  } else {
    end(incoming, outgoing, status, body)
  }
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

function isConnectionFailure(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause
}

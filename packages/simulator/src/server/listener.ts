import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Delivery } from '../faults/spoil.ts'
import type { Incoming } from '../incoming.ts'

/**
 * Answers Node's requests. Written here rather than taken from a library, because a simulator has
 * to do what adapters protect from: reset a connection before or within an answer.
 *
 * @param base what paths are relative to
 */
export function createListener(
  base: string,
  answer: (request: Incoming, incoming: IncomingMessage) => Promise<Delivery>,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    respond(incoming, outgoing).catch((error: unknown) => {
      if (!isConnectionFailure(error)) {
        console.error(error)
      }
      // The caller sees what a dropped connection looks like.
      incoming.socket.resetAndDestroy()
    })
  }

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // A connection that breaks is the end of its request, and no event of interest.
    incoming.on('error', () => {})
    outgoing.on('error', () => {})
    const { method = 'GET', url = '/', headers } = incoming
    if (!URL.canParse(url, base)) {
      return end(incoming, outgoing, 400, 'This is no request that can be answered')
    }
    const gone = new AbortController()
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) {
        gone.abort()
      }
    })
    const request: Incoming = {
      method,
      url: new URL(url, base).href,
      headers: { get: (name) => headers[name]?.toString() ?? null },
      signal: gone.signal,
      body: method === 'GET' || method === 'HEAD' ? null : bodyOf(incoming),
    }
    let delivery: Delivery
    try {
      delivery = await answer(request, incoming)
    } catch (error) {
      if (gone.signal.aborted) {
        return
      }
      throw error
    }
    if (gone.signal.aborted) {
      return
    }
    const { status, headers: answered, body } = delivery.answer
    for (const [name, value] of Object.entries(answered)) {
      outgoing.setHeader(name, value)
    }
    if (delivery.stream) {
      await stream(status, delivery.stream, outgoing)
    } else {
      end(incoming, outgoing, status, body)
    }
  }
}

/**
 * When nobody wants the rest, it is thrown away rather than the connection closed, so that the
 * caller gets to read its answer.
 */
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
  // The caller is still sending. It can read the answer now; the connection stays until all of it
  // was read and thrown away, or took too long.
  outgoing.setHeader('connection', 'close')
  outgoing.write(body)
  incoming.once('end', () => outgoing.end())
  incoming.resume()
}

async function stream(
  status: number,
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
): Promise<void> {
  outgoing.statusCode = status
  outgoing.flushHeaders()
  const reader = body.getReader()
  outgoing.once('close', () => void reader.cancel().catch(() => {}))
  for (;;) {
    const { done, value } = await reader.read()
    if (done) {
      break
    }
    await new Promise<void>((resolve, reject) =>
      outgoing.write(value, (error) => (error ? reject(error) : resolve())),
    )
  }
  outgoing.end()
}

function isConnectionFailure(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause
}

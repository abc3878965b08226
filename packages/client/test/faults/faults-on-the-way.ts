import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Fault } from '@apikley/simulator'
import type { Cell } from './cells.ts'

/** The requests of a page. */
const targets: Readonly<Record<string, RegExp>> = {
  'create-task': /^POST .*\/tasks$/,
  'get-task-details': /^GET .*\/tasks\//,
  'upload-file-stream': /^POST .*\/files\?/,
}

const networkFaults = ['status', 'code', 'hang', 'reset', 'html', 'empty', 'truncate', 'break']

/** Whether a network can cause all faults of a cell. */
export function isOnTheWay({ faults, outcomes, closed }: Cell): boolean {
  const isNetwork = faults?.every(({ fault }) => networkFaults.includes(fault))
  return isNetwork === true && outcomes === undefined && closed !== true
}

/** Breaks the connection to a server. `accepted` means that the request arrives. */
export function faultsOnTheWay(faults: readonly Fault[], url: string): RequestListener {
  const left = new Map(
    faults.map((fault) => [fault, fault.times === 'always' ? Infinity : (fault.times ?? 1)]),
  )

  /** The fault of a request. It is used up. */
  function take(request: string): Fault | undefined {
    const fault = faults.find(
      (each) => left.get(each) !== 0 && targets[each.operation ?? '']?.test(request),
    )
    if (fault) {
      left.set(fault, (left.get(fault) ?? 0) - 1)
    }
    return fault
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    const fault = take(`${incoming.method} ${incoming.url}`)
    // A response that is damaged must exist.
    const arrives = !fault || fault.accepted === true || /truncate|break/.test(fault.fault)
    const response = arrives ? await forward(incoming, body, url) : new Response()
    const text = await response.text()
    const half = text.slice(0, text.length / 2)
    const send = (status: number, text: string, more: Record<string, string> = {}): void => {
      const { 'content-length': _, ...headers } = Object.fromEntries(response.headers)
      outgoing.writeHead(status, { ...headers, ...more }).end(text)
    }
    switch (fault?.fault) {
      case undefined:
        return send(response.status, text)
      case 'hang':
        return
      case 'reset':
        return void incoming.socket.destroy()
      case 'truncate':
        return send(200, half)
      case 'break':
        outgoing.writeHead(200, { 'content-length': String(text.length) })
        return void outgoing.write(half, () => incoming.socket.destroy())
      case 'html':
        return send(fault.status ?? 502, '<html></html>', { 'content-type': 'text/html' })
      case 'empty':
        return send(fault.status ?? 200, '')
      case 'code':
        return send(200, JSON.stringify({ code: fault.code, msg: 'x', data: fault.data ?? null }))
      case 'status':
        return send(fault.status, '', { ...fault.headers, ...retryAfter(fault.retryAfter) })
      default:
        throw new Error(`Not a fault of a network: ${fault?.fault}`)
    }
  }

  return (incoming, outgoing) =>
    void serve(incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : undefined),
    )
}

async function forward(
  incoming: IncomingMessage,
  body: Buffer<ArrayBuffer>,
  url: string,
): Promise<Response> {
  const { method = 'GET', headers } = incoming
  const sent = Object.entries(headers).filter(([name]) =>
    /^(content-type|idempotency-key)$/.test(name),
  )
  return fetch(`${url}${incoming.url}`, {
    method,
    headers: sent.map(([name, value]) => [name, String(value)]),
    ...(method === 'GET' ? {} : { body }),
  })
}

function retryAfter(delay: number | { readonly date: number } | undefined): Record<string, string> {
  if (typeof delay === 'object') {
    return { 'retry-after': new Date(Date.now() + delay.date * 1000).toUTCString() }
  }
  return delay === undefined ? {} : { 'retry-after': String(delay) }
}

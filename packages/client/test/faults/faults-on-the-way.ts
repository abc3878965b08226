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
  const rules = faults.map((fault) => ({
    fault,
    left: fault.times === 'always' ? Infinity : (fault.times ?? 1),
  }))

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = `${incoming.method} ${incoming.url}`
    const rule = rules.find(
      ({ fault, left }) => left > 0 && targets[fault.operation ?? '']?.test(request),
    )
    if (rule) {
      rule.left--
    }
    const fault = rule?.fault
    // A response that is damaged must exist.
    const arrives =
      !fault || fault.accepted === true || fault.fault === 'truncate' || fault.fault === 'break'
    const response = arrives ? await forward(incoming, url) : undefined
    if (!arrives) {
      await buffer(incoming)
    }
    const body = (await response?.text()) ?? ''
    const half = body.slice(0, body.length / 2)
    const send = (status: number, text: string, headers: Record<string, string> = {}): void => {
      const { 'content-length': _, ...kept } = Object.fromEntries(response?.headers ?? [])
      outgoing.writeHead(status, { ...kept, ...headers })
      outgoing.end(text)
    }
    switch (fault?.fault) {
      case undefined:
        return send(response?.status ?? 200, body)
      case 'hang':
        return
      case 'reset':
        return void incoming.socket.destroy()
      case 'truncate':
        return send(200, half)
      case 'break':
        outgoing.writeHead(200, { 'content-length': String(body.length) })
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

async function forward(incoming: IncomingMessage, url: string): Promise<Response> {
  const { method = 'GET', headers } = incoming
  const sent = Object.entries(headers).filter(([name]) =>
    /^(content-type|idempotency-key)$/.test(name),
  )
  const body = method === 'GET' ? {} : { body: await buffer(incoming) }
  return fetch(`${url}${incoming.url}`, {
    method,
    headers: sent.map(([name, value]) => [name, String(value)]),
    ...body,
  })
}

function retryAfter(delay: number | { readonly date: number } | undefined): Record<string, string> {
  if (typeof delay === 'object') {
    return { 'retry-after': new Date(Date.now() + delay.date * 1000).toUTCString() }
  }
  return delay === undefined ? {} : { 'retry-after': String(delay) }
}

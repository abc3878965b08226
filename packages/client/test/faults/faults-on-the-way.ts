import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Fault } from '@apikley/simulator'
import { createRequest } from 'test-kit/listen'
import type { Cell } from './cells.ts'

const paths: Readonly<Record<string, string>> = {
  'create-task': '/createTask',
  'get-task-details': '/recordInfo',
  'upload-file-stream': '/file-stream-upload',
}

const known: readonly string[] = [
  'status',
  'code',
  'hang',
  'reset',
  'html',
  'empty',
  'truncate',
  'break',
]

/** Whether a cell's faults are such as a way over the network may have. */
export function isOnTheWay({ faults, outcomes, closed }: Cell): boolean {
  return (
    faults !== undefined &&
    outcomes === undefined &&
    closed !== true &&
    faults.every(({ fault }) => known.includes(fault))
  )
}

/**
 * Breaks the way to a handler, as a simulator breaks a service: `accepted` means that the request
 * has arrived.
 */
export function faultsOnTheWay(
  faults: readonly Fault[],
  handler: (request: Request) => Promise<Response>,
): RequestListener {
  const left = faults.map((fault) => ({
    fault,
    times: fault.times === 'always' ? Infinity : (fault.times ?? 1),
  }))

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = incoming.url ?? ''
    const rule = left.find(
      ({ fault, times }) => times > 0 && url.includes(paths[fault.operation ?? ''] ?? 'nowhere'),
    )
    if (rule) {
      rule.times--
    }
    const fault = rule?.fault
    // What spoils an answer needs one.
    const arrives =
      !fault || fault.accepted === true || fault.fault === 'truncate' || fault.fault === 'break'
    const answer = arrives ? await handler(createRequest(incoming, outgoing)) : undefined
    if (!arrives) {
      for await (const _ of incoming) {
      }
    }
    const body = (await answer?.text()) ?? ''
    const send = (status: number, text: string, headers: Record<string, string> = {}): void =>
      void outgoing
        .writeHead(status, { ...Object.fromEntries(answer?.headers ?? []), ...headers })
        .end(text)
    switch (fault?.fault) {
      case undefined:
        return send(answer?.status ?? 200, body)
      case 'hang':
        return
      case 'reset':
        return void incoming.socket.destroy()
      case 'truncate':
        return send(200, body.slice(0, body.length / 2))
      case 'break':
        outgoing.writeHead(200, { 'content-length': String(body.length) })
        outgoing.write(body.slice(0, body.length / 2), () => incoming.socket.destroy())
        return
      case 'html':
        return send(fault.status ?? 502, '<html>Bad gateway</html>', {
          'content-type': 'text/html',
        })
      case 'empty':
        return send(fault.status ?? 200, '')
      case 'code':
        return send(
          200,
          JSON.stringify({ code: fault.code, msg: 'words', data: fault.data ?? null }),
        )
      case 'status':
        return send(fault.status, '', { ...fault.headers, ...retryAfter(fault.retryAfter) })
      default:
        throw new Error(`The way does not know ${fault?.fault}`)
    }
  }

  return (incoming, outgoing) =>
    void serve(incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : undefined),
    )
}

function retryAfter(given: number | { readonly date: number } | undefined): Record<string, string> {
  if (given === undefined) {
    return {}
  }
  return {
    'retry-after':
      typeof given === 'number'
        ? String(given)
        : new Date(Date.now() + given.date * 1000).toUTCString(),
  }
}

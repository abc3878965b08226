import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequestListener } from '@remix-run/node-fetch-server'

export { createRequest, createRequestListener } from '@remix-run/node-fetch-server'

/** An HTTP server on loopback, on a free port. */
export interface Listening {
  readonly url: string
  stop(): Promise<void>
}

/** Serves a web handler with Node's HTTP server. */
export function listenWith(handler: (request: Request) => Promise<Response>): Promise<Listening> {
  const listener = createRequestListener(handler)
  return listen((request, response) => {
    // The adapter does not drain a body that the handler left unread. The connection would then
    // ignore its next request.
    response.once('finish', () => request.removeAllListeners('data').resume())
    listener(request, response)
  })
}

export async function listen(
  listener: RequestListener,
): Promise<Listening & { readonly server: Server }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) {
    throw new Error('The server has no port')
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    server,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

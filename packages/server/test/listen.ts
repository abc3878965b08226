import { createServer, type RequestListener } from 'node:http'
import { createRequestListener } from '@remix-run/node-fetch-server'

/** A server on this machine, at an address of its own. */
export interface Listening {
  readonly url: string
  stop(): Promise<void>
}

/** The handler behind Node's own server. */
export function listenWith(handler: (request: Request) => Promise<Response>): Promise<Listening> {
  const listener = createRequestListener(handler)
  return listen((request, response) => {
    // What the handler left of a body the adapter leaves as well, and then the connection is deaf
    // to the next request.
    response.once('finish', () => request.removeAllListeners('data').resume())
    listener(request, response)
  })
}

export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) {
    throw new Error('The server has no port')
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

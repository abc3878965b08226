import { serve } from '@hono/node-server'

/** A server on this machine, for this machine only. */
export interface LocalServer {
  readonly url: string
  /** Closes every connection, and is done when the port is free. */
  readonly stop: () => Promise<void>
}

/** @throws when the port cannot be had, with what to do about it */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<LocalServer> {
  const hostname = '127.0.0.1'
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname }, (address) =>
      resolve({
        url: `http://${hostname}:${address.port}`,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped())
            if ('closeAllConnections' in server) {
              server.closeAllConnections()
            }
          }),
      }),
    )
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)))
  })
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} is taken. Choose another one with --port, or 0 for a free one.`,
      { cause: error },
    )
  }
  if (error.code === 'EACCES') {
    return new Error(`Port ${port} may not be used. Choose one above 1023 with --port.`, {
      cause: error,
    })
  }
  return error
}

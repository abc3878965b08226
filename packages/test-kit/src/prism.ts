import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Prism {
  readonly url: string
  stop(): Promise<void>
}

const cli = join(
  dirname(createRequire(import.meta.url).resolve('@stoplight/prism-cli/package.json')),
  'dist/index.js',
)

const preload = new URL('ascii-headers.ts', import.meta.url).href

/** Half a second is usual. */
const START_TIMEOUT_MS = 120_000

/**
 * Serves an OpenAPI document with `prism mock` on loopback, in its own process.
 *
 * @param document the path of the document
 * @throws when Prism does not start, with its output
 */
export function startPrism(document: string): Promise<Prism> {
  return start(['mock', document])
}

/**
 * Puts `prism proxy --errors` between a client and a server and checks both against an OpenAPI
 * document. The header `sl-violations` of each answer lists the violations. Prism reads bodies as
 * text, so it cannot check uploads of bytes.
 *
 * @throws when Prism does not start, with its output
 */
export function startPrismProxy(document: string, upstream: string): Promise<Prism> {
  return start(['proxy', document, upstream, '--errors'])
}

/** Takes a free port. */
async function start(command: string[]): Promise<Prism> {
  const args = ['--import', preload, cli, ...command, '-h', '127.0.0.1', '-p', '0']
  // One process: several crash at start, and are the default when NODE_ENV is production.
  args.push('-m', 'false')
  // The level `error` would hide the line with the port.
  args.push('-v', 'info')
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  try {
    const url = await urlOf(child)
    // An unread pipe would fill up and block Prism.
    child.stdout.resume()
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The URL that Prism prints once it listens. */
function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const fail = (what: string): void => {
      clearTimeout(timer)
      reject(new Error(`Prism ${what}:\n${output}`))
    }
    const timer = setTimeout(
      () => fail(`did not start within ${START_TIMEOUT_MS} ms`),
      START_TIMEOUT_MS,
    )
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const url = /listening on (http:\/\/[\d.]+:\d+)/.exec(output)?.[1]
      if (url) {
        clearTimeout(timer)
        child.stdout?.off('data', read)
        resolve(url)
      }
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.once('exit', (code) => fail(`stopped with exit code ${code}`))
  })
}

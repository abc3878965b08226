import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

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
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  const output: string[] = []
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  const timer = setTimeout(() => child.kill(), START_TIMEOUT_MS)
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listening on (http:\/\/[\d.]+:\d+)/.exec(line)?.[1]
    if (url) {
      clearTimeout(timer)
      // An unread pipe would fill up and block Prism.
      child.stdout.resume()
      return { url, stop }
    }
    output.push(`${line}\n`)
  }
  clearTimeout(timer)
  throw new Error(`Prism did not start within ${START_TIMEOUT_MS} ms:\n${output.join('')}`)
}

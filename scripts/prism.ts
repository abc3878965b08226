import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type Prism = { url: string; stop: () => Promise<void> }

const cli = join(
  dirname(createRequire(import.meta.url).resolve('@stoplight/prism-cli/package.json')),
  'dist',
  'index.js',
)

const preload = new URL('ascii-headers.ts', import.meta.url).href

/** How long Prism may take until it listens, in ms. Half a second is usual. */
const startTimeout = 30_000

/**
 * Serves an OpenAPI document with `prism mock` on loopback, in a process of its own.
 *
 * @param port 0, the default, takes a free one
 * @throws when Prism does not come up, with what it said
 */
export function startPrism(
  document: string,
  { port = 0, verbose = false }: { port?: number; verbose?: boolean } = {},
): Promise<Prism> {
  return start(['mock', document], port, verbose)
}

/**
 * Puts Prism between a client and a server, to hold both to an OpenAPI document: `prism proxy
 * --errors`. Each answer lists what was wrong, violations and warnings, in its header
 * `sl-violations`. Bodies are read as text: nothing for uploads of bytes.
 *
 * @throws when Prism does not come up, with what it said
 */
export function startPrismProxy(document: string, upstream: string): Promise<Prism> {
  return start(['proxy', document, upstream, '--errors'], 0, false)
}

function start(command: string[], port: number, verbose: boolean): Promise<Prism> {
  // At -v error Prism would not say where it listens. One process (-m false): more than one crashes
  // at start, and is Prism's default when NODE_ENV is production.
  const args = [
    '--import',
    preload,
    cli,
    ...command,
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-m',
    'false',
    '-v',
    'info',
  ]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(
      () =>
        void stop().then(() =>
          reject(new Error(`Prism did not start within ${startTimeout} ms:\n${said}`)),
        ),
      startTimeout,
    )
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
      const url = /listening on (http:\/\/[\d.]+:\d+)/.exec(said)?.[1]
      if (!url) {
        return
      }
      clearTimeout(timer)
      child.stdout.off('data', listen)
      // What is not read would fill the pipe and hold Prism up.
      if (verbose) {
        child.stdout.pipe(process.stdout)
      } else {
        child.stdout.resume()
      }
      resolve({ url, stop })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`Prism stopped with exit code ${code}:\n${said}`))
    })
  })
}
